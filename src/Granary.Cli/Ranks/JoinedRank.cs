using Granary.Cli.Commands;
using Granary.Cli.Stages;
using Granary.Cli.Terminal;
using Granary.Core.Configuration;
using Granary.Core.Runs;
using Granary.Distributed.Ranks;

namespace Granary.Cli.Ranks;

/// <summary>A rank that srun or torchrun started: rank 0 does all other stages, and the rest wait for what is trained on.</summary>
internal sealed class JoinedRank
{
    private readonly RankEnvironment _environment;
    private readonly IReadOnlyDictionary<string, string> _variables;
    private readonly RankedArguments _arguments;
    private readonly TimeProvider _time;

    public JoinedRank(RankEnvironment environment, IReadOnlyDictionary<string, string> variables, RankedArguments arguments, TimeProvider time)
    {
        _environment = environment;
        _variables = variables;
        _arguments = arguments;
        _time = time;
    }

    /// <summary>Runs the command, and gives the exit code; <paramref name="work"/> is all of it as rank 0 does it.</summary>
    public int Run(Func<RunContext, CancellationToken, bool> work)
    {
        using var interruption = new Interruption(isQuiet: _environment.Rank > 0);
        using var world = RankWorld.Meet(_environment, _arguments.Config, _time);
        return world.Run(() => world.IsFirst ? RunFirst(world, work, interruption.Token) : RunOther(world, interruption.Token));
    }

    private int RunFirst(RankWorld world, Func<RunContext, CancellationToken, bool> work, CancellationToken cancellationToken)
    {
        using var folder = RunFolder.Claim(_arguments.Folder, ConfigurationFile.Write(_arguments.Config), ConfigurationFile.Resolve<RunConfig>);
        using var view = RunViews.Open(_arguments.IsJson, _time);
        if (work(Context(world, folder, view), cancellationToken))
        {
            return ExitCodes.Done;
        }

        view.Warn("Interrupted and saved. Start all ranks again to go on.");
        return ExitCodes.Interrupted;
    }

    private int RunOther(RankWorld world, CancellationToken cancellationToken)
    {
        world.WaitUntilPrepared(cancellationToken);
        using var folder = RunFolder.At(_arguments.Folder);
        using var view = new RankView(RankView.PathOf(folder, _environment.Rank), _time, line => Console.Error.WriteLine($"[rank {_environment.Rank}] warning: {line}"));
        return LaunchedRank.TrainPrepared(Context(world, folder, view), cancellationToken) ? ExitCodes.Done : ExitCodes.Interrupted;
    }

    private RunContext Context(RankWorld world, RunFolder folder, IRunView view)
    {
        var threads = RankThreads.Share(_environment, _arguments.Config.Training.Threads, Environment.ProcessorCount, _variables);
        return new RunContext(_arguments.Config, folder, view, _time) { Threads = threads, World = world };
    }
}
