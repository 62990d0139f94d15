using System.CommandLine;
using Granary.Cli.Jobs;
using Granary.Cluster.Grains;
using Granary.Cluster.Protocol;
using Granary.Cluster.Workers;
using Granary.Core.Configuration;

namespace Granary.Cli.Commands;

/// <summary>`granary worker`: runs a cluster's work on this machine.</summary>
internal static class WorkerCommand
{
    private const int LongestName = 40;

    internal static Command Build(TimeProvider time)
    {
        var command = new Command("worker", "Takes work from a coordinator and runs it on this machine, until it is asked to end.");
        var coordinator = new Option<string?>("--coordinator") { Description = "The coordinator's address, like http://127.0.0.1:7420. Default: the variable GRANARY_COORDINATOR." };
        var folder = new Option<string>("--folder") { Description = "The folder that all nodes see, by the same path.", Required = true };
        var tokenFile = new Option<string?>("--token-file") { Description = "The file that holds a worker's token. Default: the variable GRANARY_TOKEN_FILE." };
        var threads = ThreadsOption.Create();
        var drivers = new Option<int>("--drivers") { Description = "Jobs' own processes that may run here at once; they wait more than they compute.", DefaultValueFactory = _ => 2 };
        var address = new Option<string>("--address") { Description = "Where other nodes reach this one. Default: the machine's name.", DefaultValueFactory = _ => Environment.MachineName };
        foreach (var option in (Option[])[coordinator, folder, tokenFile, threads, drivers, address])
        {
            command.Options.Add(option);
        }

        command.SetAction(arguments => Guard.Run(() =>
        {
            var gpus = NodeGpus.Find(NodeGpus.DriverFolder, Environment.GetEnvironmentVariable(NodeGpus.Variable));
            var node = NodeOf(arguments.GetRequiredValue(address), arguments.GetValue(threads), arguments.GetValue(drivers)) with { Gpus = [.. gpus.Select(gpu => gpu.Name)] };
            var options = new WorkerOptions { Folder = Path.GetFullPath(arguments.GetRequiredValue(folder)), Gpus = gpus };
            var reach = (
                arguments.GetValue(coordinator) ?? Environment.GetEnvironmentVariable(CoordinatorOptions.AddressVariable) ?? string.Empty,
                arguments.GetValue(tokenFile) ?? Environment.GetEnvironmentVariable(CoordinatorOptions.TokenFileVariable));
            return Run(node, reach, options, time);
        }));
        return command;
    }

    private static int Run(NodeDescription node, (string Address, string? TokenFile) coordinator, WorkerOptions options, TimeProvider time)
    {
        if (!Directory.Exists(options.Folder))
        {
            throw new ConfigurationException("--folder", [$"There is no folder '{options.Folder}'. Name the one that the coordinator was started with, by the path by which all nodes see it."]);
        }

        var reach = CoordinatorOptions.Open(coordinator.Address, coordinator.TokenFile) with { Patience = Timeout.InfiniteTimeSpan };
        var variables = new Dictionary<string, string> { [CoordinatorOptions.AddressVariable] = coordinator.Address, ["DOTNET_EnableDiagnostics"] = "0" };
        var tokens = Directory.CreateTempSubdirectory("granary-worker-"); // for this user only
        try
        {
            return Run(node, reach, options with { TokenFolder = tokens.FullName, Environment = variables }, time);
        }
        finally
        {
            tokens.Delete(recursive: true);
        }
    }

    private static int Run(NodeDescription node, CoordinatorOptions reach, WorkerOptions options, TimeProvider time)
    {
        using var interruption = new Interruption(isQuiet: true);
        using var client = new CoordinatorClient(reach, time);
        using var launcher = new LocalLauncher(node.Threads + node.Drivers);
        var worker = new Worker(client, node, launcher, options, time, new Lines());
        var ending = worker.RunAsync(interruption.Token).GetAwaiter().GetResult();
        if (ending.IsRefused)
        {
            Console.Error.WriteLine($"{Guard.Mark}{ending.Reason}");
            return ExitCodes.TryElsewhere;
        }

        Console.Out.WriteLine($"ends: {ending.Reason}");
        return ExitCodes.Done;
    }

    // New for each process, so that none is ever taken for another one.
    private static NodeDescription NodeOf(string address, int threads, int drivers)
    {
        var host = string.Concat(Environment.MachineName.Where(letter => char.IsAsciiLetterOrDigit(letter) || letter is '-' or '_' or '.')).TrimStart('-', '_', '.');
        return new NodeDescription
        {
            Id = $"{(host.Length == 0 ? "node" : host[..Math.Min(host.Length, LongestName)])}-{Guid.NewGuid():N}"[..^24],
            Address = address,
            Threads = threads,
            Drivers = drivers,
            MemoryBytes = GC.GetGCMemoryInfo().TotalAvailableMemoryBytes,
            Version = ProgramVersion.Current,
        };
    }

    /// <summary>A line a sentence, as they come.</summary>
    private sealed class Lines : IProgress<string>
    {
        public void Report(string value) => Console.Out.WriteLine(value);
    }
}
