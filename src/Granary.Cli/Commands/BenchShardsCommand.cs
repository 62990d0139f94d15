using System.CommandLine;
using System.Globalization;
using System.Text.Json.Nodes;
using Granary.Pipelines.Decomposition;

namespace Granary.Cli.Commands;

/// <summary>`granary bench shards`: how fast tokens go into shards and out of them here.</summary>
internal static class BenchShardsCommand
{
    private const int Openings = 5;
    private const long TokensPerStep = 1 << 16;

    internal static Command Build(TimeProvider time)
    {
        var command = new Command("shards", "Times cutting and writing, random rows, loading steps and opening many shards, with made-up ids.");
        var tokens = new Option<int>("--tokens") { Description = "Millions of tokens to write and read.", DefaultValueFactory = _ => 256 };
        var shards = new Option<int>("--shards") { Description = "Shards of the set that is opened.", DefaultValueFactory = _ => 100_000 };
        var folder = new Option<string?>("--folder") { Description = "Where to work; a folder of its own below it is made and removed. Default: the system's temporary folder." };
        var json = new Option<bool>("--json") { Description = "One JSON object." };
        foreach (var option in (Option[])[tokens, shards, folder, json])
        {
            command.Options.Add(option);
        }

        ThreadsOption.RequirePositive(tokens);
        ThreadsOption.RequirePositive(shards);
        command.SetAction(arguments => Guard.Run(() =>
        {
            var place = Path.Combine(arguments.GetValue(folder) ?? Path.GetTempPath(), $"granary-bench-{Environment.ProcessId}");
            Directory.CreateDirectory(place);
            try
            {
                Print(Measure(new ShardBenchmark(place, time), arguments.GetValue(tokens) * 1_000_000L, arguments.GetValue(shards)), arguments.GetValue(json));
            }
            finally
            {
                Directory.Delete(place, recursive: true);
            }

            return ExitCodes.Done;
        }));
        return command;
    }

    private static JsonObject Measure(ShardBenchmark benchmark, long tokens, int shards)
    {
        // Opening comes first, while nothing of it is compiled.
        var openings = benchmark.Open(shards, Openings);
        var built = benchmark.Build(tokens);
        var rows = benchmark.ReadRows();
        return new JsonObject
        {
            ["tokens"] = tokens,
            ["build_tokens_per_core_second"] = built,
            ["rows_verified_tokens_per_core_second"] = new JsonObject(rows.Select(entry => Rate(entry.Key, entry.Value.Verified))),
            ["rows_plain_tokens_per_core_second"] = new JsonObject(rows.Select(entry => Rate(entry.Key, entry.Value.Plain))),
            ["loader_tokens_per_core_second"] = benchmark.LoadSteps(TokensPerStep),
            ["shards"] = shards,
            ["open_seconds_first"] = openings[0],
            ["open_seconds_median"] = Benchmarks.Median.Of(openings),
            ["peak_memory_bytes"] = PeakMemory.Read(),
        };
    }

    private static KeyValuePair<string, JsonNode?> Rate(int exponent, double rate)
    {
        return KeyValuePair.Create((1L << exponent).ToString(CultureInfo.InvariantCulture), (JsonNode?)rate);
    }

    private static void Print(JsonObject measured, bool isJson)
    {
        if (isJson)
        {
            Console.Out.WriteLine(measured.ToJsonString());
            return;
        }

        foreach (var (name, value) in measured)
        {
            if (value is JsonObject lengths)
            {
                Console.Out.WriteLine($"{name}:");
                foreach (var (length, rate) in lengths)
                {
                    Console.Out.WriteLine(string.Create(CultureInfo.InvariantCulture, $"  rows of {length,5}  {(double)rate!,18:N0}"));
                }
            }
            else
            {
                Console.Out.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{name,-32}{value!.GetValue<object>(),20:N3}"));
            }
        }
    }
}
