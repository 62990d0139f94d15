using System.CommandLine;
using Granary.Cli.Stages;
using Granary.Cli.Terminal;
using Granary.Core.Configuration;
using Granary.Core.Runs;

namespace Granary.Cli.Commands;

/// <summary>The arguments of every command that works on a run, and what they open.</summary>
internal sealed class RunOptions
{
    /// <summary>The folder of runs where none is named.</summary>
    internal const string DefaultRuns = "runs";

    private readonly Argument<string> _config = new("config") { Description = "The run's YAML file." };
    private readonly Option<string[]> _overrides = new("--set") { Description = "Overrides a key: --set optimizer.learning_rate=3e-4. May be repeated.", AllowMultipleArgumentsPerToken = false };
    private readonly Option<bool> _json = new("--json") { Description = "One JSON object a line instead of text." };

    /// <summary>The folder that holds the runs' folders.</summary>
    internal Option<string> Runs { get; } = new("--runs") { Description = "The folder that holds the runs' folders.", DefaultValueFactory = _ => DefaultRuns };

    /// <summary>Adds the arguments to a command.</summary>
    internal RunOptions AddTo(Command command)
    {
        command.Arguments.Add(_config);
        command.Options.Add(_overrides);
        command.Options.Add(Runs);
        command.Options.Add(_json);
        return this;
    }

    /// <summary>Whether JSON lines are asked for.</summary>
    internal bool IsJson(ParseResult arguments) => arguments.GetValue(_json);

    /// <summary>The configuration, read and checked, without how it is submitted.</summary>
    internal RunConfig Config(ParseResult arguments)
    {
        return ConfigWithSubmission(arguments) with { Submission = null };
    }

    /// <summary>The configuration, read and checked.</summary>
    internal RunConfig ConfigWithSubmission(ParseResult arguments)
    {
        return ConfigurationFile.Load<RunConfig>(arguments.GetRequiredValue(_config), arguments.GetValue(_overrides) ?? []);
    }

    /// <summary>Claims the run's folder and hands the run to the work; says at an interruption how to go on.</summary>
    internal int Run(ParseResult arguments, TimeProvider time, Func<RunContext, CancellationToken, bool> work)
    {
        return Run(() => Config(arguments), arguments.GetRequiredValue(Runs), arguments.GetValue(_json), time, work);
    }

    /// <summary>The option that finds a run again: nothing where its folder is the usual one.</summary>
    internal static string InFolder(string runs)
    {
        return runs == DefaultRuns ? string.Empty : $" --runs {runs}";
    }

    /// <summary>The same for a command that has arguments of its own; <paramref name="more"/> of them are needed to go on.</summary>
    internal static int Run(Func<RunConfig> read, string runs, bool isJson, TimeProvider time, Func<RunContext, CancellationToken, bool> work, string more = "")
    {
        return Guard.Run(() =>
        {
            // Where a run is to run is no part of what it is.
            var config = read() with { Submission = null };
            using var interruption = new Interruption();
            using var folder = RunClaim.Take(
                () => RunFolder.Claim(Path.Combine(runs, config.Name), ConfigurationFile.Write(config with { Cluster = null }), ConfigurationFile.Resolve<RunConfig>), interruption.Token);
            using var view = RunViews.Open(isJson, time);
            if (work(new RunContext(config, folder, view, time), interruption.Token))
            {
                return ExitCodes.Done;
            }

            view.Warn($"Interrupted and saved. Go on with: granary run {Path.GetRelativePath(Environment.CurrentDirectory, folder.ConfigPath)}{InFolder(runs)}{more}");
            return ExitCodes.Interrupted;
        });
    }
}
