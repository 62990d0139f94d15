using System.CommandLine;
using System.Globalization;
using System.Text.Json.Nodes;
using Granary.Pipelines.Climb.Clustering;

namespace Granary.Cli.Commands;

/// <summary>`granary bench k-means`: one run over vectors from a file.</summary>
internal static class BenchKMeansCommand
{
    internal static Command Build(TimeProvider time)
    {
        var command = new Command("k-means", "Times one run of k-means over vectors from a file.");
        var rows = new Option<string>("--rows") { Description = "The vectors: little-endian float32, one behind the other.", Required = true };
        var columns = new Option<int>("--columns") { Description = "Numbers in a vector.", Required = true };
        var clusters = new Option<int>("--clusters") { Description = "Clusters.", DefaultValueFactory = _ => 1_000 };
        var iterations = new Option<int>("--iterations") { Description = "Iterations at most.", DefaultValueFactory = _ => 100 };
        var method = new Option<string>("--method") { Description = "How the centres are found.", DefaultValueFactory = _ => "exact" }.AcceptOnlyFromAmong("exact", "mini-batch", "auto");
        var seed = new Option<long>("--seed") { Description = "Where random numbers begin.", DefaultValueFactory = _ => 1 };
        var threads = ThreadsOption.Create();
        var json = new Option<bool>("--json") { Description = "One JSON object." };
        foreach (var option in (Option[])[rows, columns, clusters, iterations, method, seed, threads, json])
        {
            command.Options.Add(option);
        }

        foreach (var count in (Option<int>[])[columns, clusters, iterations])
        {
            ThreadsOption.RequirePositive(count);
        }

        command.SetAction(arguments => Guard.Run(() =>
        {
            var config = new ClusteringConfig { Initial = arguments.GetValue(clusters), MaxIterations = arguments.GetValue(iterations), Method = arguments.GetValue(method)! };
            var timing = KMeansBenchmark.Run(arguments.GetRequiredValue(rows), arguments.GetValue(columns), config, arguments.GetValue(seed), arguments.GetValue(threads), time);
            Console.Out.WriteLine(arguments.GetValue(json)
                ? new JsonObject { ["seconds"] = timing.Seconds, ["inertia"] = timing.Inertia, ["iterations"] = timing.Iterations, ["clusters"] = timing.Clusters }.ToJsonString()
                : string.Create(CultureInfo.InvariantCulture, $"{timing.Seconds:F2} s, {timing.Iterations} iterations, {timing.Clusters:N0} clusters, inertia {timing.Inertia:G8}"));
            return ExitCodes.Done;
        }));
        return command;
    }
}
