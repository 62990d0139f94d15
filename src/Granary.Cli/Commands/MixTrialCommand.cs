using System.CommandLine;
using Granary.Cli.Mixtures.Trials;
using Granary.Cli.Terminal;
using Granary.Core.Configuration;
using Granary.Pipelines.Climb.Search;

namespace Granary.Cli.Commands;

/// <summary>`granary mix trial SPEC`: trains one proxy, as the search has it done in a process of its own.</summary>
internal static class MixTrialCommand
{
    internal static Command Build(TimeProvider time)
    {
        // What the search calls for each of its trials; by hand it repeats one, to look into it.
        var command = new Command("trial", "Trains one proxy of a search, from its spec.json, and writes its result.json beside it.") { Hidden = true };
        var spec = new Argument<string>("spec") { Description = "The proxy's spec.json." };
        command.Arguments.Add(spec);
        command.SetAction(arguments => Guard.Run(() =>
        {
            var begun = time.GetTimestamp();
            var path = Path.GetFullPath(arguments.GetRequiredValue(spec));
            using var interruption = new Interruption(isQuiet: true);
            using var view = new PlainView(Console.Out, time);
            return Run(path, view, time, begun, interruption.Token);
        }));
        return command;
    }

    private static int Run(string path, IRunView view, TimeProvider time, long begun, CancellationToken cancellationToken)
    {
        var folder = Path.GetDirectoryName(path)!;
        var spec = SearchJson.ReadFile<ProxySpec>(path);
        var inputs = ProxyInputs.Open(Path.Combine(folder, spec.Run));
        if (inputs.KeyOf(spec) != spec.Key)
        {
            throw new ConfigurationException(path, [$"The proxy's key is '{spec.Key}' but what the run in '{spec.Run}' makes of it has '{inputs.KeyOf(spec)}': shards, settings or documents have changed since. Remove the file; the search writes it anew."]);
        }

        var (claim, hasWaited) = ProxyClaim.TakeAsync(folder, time, cancellationToken).GetAwaiter().GetResult();
        using var held = claim;
        if (hasWaited && File.Exists(Path.Combine(folder, ProxyStore.ResultName)))
        {
            view.Say("another search has trained it meanwhile");
            return ExitCodes.Done;
        }

        ProxyClaim.RemoveLeftovers(folder);
        var training = new ProxyTraining(inputs, spec, folder, view, time);
        if (training.Run(begun, cancellationToken) is not { } result)
        {
            view.Say("interrupted and saved");
            return ExitCodes.Interrupted;
        }

        SearchJson.WriteFile(Path.Combine(folder, ProxyStore.ResultName), result);
        training.CleanUp();
        view.Say(result.Failure ?? FormattableString.Invariant($"score {result.Score:F4} after {result.Tokens:N0} tokens in {result.Seconds:F1} s"));
        return ExitCodes.Done;
    }
}
