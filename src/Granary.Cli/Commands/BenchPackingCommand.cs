using System.CommandLine;
using System.Globalization;
using System.Text.Json.Nodes;
using Granary.Cli.Benchmarks;
using Granary.Core.Randomness;
using Granary.Pipelines.Decomposition.Packing;

namespace Granary.Cli.Commands;

/// <summary>`granary bench packing`: how fast documents are packed by best fit, and what stays empty.</summary>
internal static class BenchPackingCommand
{
    internal static Command Build(TimeProvider time)
    {
        var command = new Command("packing", "Times best-fit packing of synthetic document lengths on one core.");
        var documents = new Option<int>("--documents") { Description = "Documents.", DefaultValueFactory = _ => 1 << 20 };
        var length = new Option<int>("--length") { Description = "Tokens of a row.", DefaultValueFactory = _ => 2_048 };
        var samples = new Option<int>("--samples") { Description = "How often they are packed.", DefaultValueFactory = _ => 5 };
        var json = new Option<bool>("--json") { Description = "One JSON object." };
        foreach (var count in (Option<int>[])[documents, length, samples])
        {
            ThreadsOption.RequirePositive(count);
            command.Options.Add(count);
        }

        command.Options.Add(json);
        command.SetAction(arguments => Guard.Run(() =>
        {
            Run(arguments.GetValue(documents), arguments.GetValue(length), arguments.GetValue(samples), arguments.GetValue(json), time);
            return ExitCodes.Done;
        }));
        return command;
    }

    private static void Run(int documents, int rowLength, int samples, bool isJson, TimeProvider time)
    {
        var key = RandomKey.FromSeed(1).Use("benchmark");
        var lengths = Enumerable.Range(0, documents).Select(document => SyntheticCorpus.LengthOf(key, document)).ToArray();
        var tokens = lengths.Sum(length => (long)length);
        var (seconds, padding) = (new List<double>(), 0L);
        for (var sample = 0; sample <= samples; sample++)
        {
            var begin = time.GetTimestamp();
            padding = BestFit.CountPadding(lengths, rowLength);
            seconds.Add(time.GetElapsedTime(begin).TotalSeconds);
        }

        // The first is the warm-up.
        var median = seconds.Skip(1).Order().ElementAt(samples / 2);
        var share = (double)padding / (padding + tokens);
        Console.Out.WriteLine(isJson
            ? new JsonObject { ["documents_per_second"] = documents / median, ["seconds"] = median, ["documents"] = documents, ["tokens"] = tokens, ["padding_share"] = share }.ToJsonString()
            : string.Create(CultureInfo.InvariantCulture, $"{documents / median / 1e6:F2} M documents a second (median of {samples}), {share:P4} padding in rows of {rowLength:N0}"));
    }
}
