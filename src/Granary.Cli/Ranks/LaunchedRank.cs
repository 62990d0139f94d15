using Granary.Cli.Commands;
using Granary.Cli.Mixtures;
using Granary.Cli.Stages;
using Granary.Cli.Terminal;
using Granary.Core.Runs;
using Granary.Data.Shards;
using Granary.Distributed.Ranks;
using Granary.Torch.Distributed;

namespace Granary.Cli.Ranks;

/// <summary>
/// A rank that <see cref="RankLauncher"/> started: the launcher holds the run's folder, has done the stages before training
/// and does those behind it. It hears of this rank by JSON lines on the standard output.
/// </summary>
internal sealed class LaunchedRank
{
    private readonly RankEnvironment _environment;
    private readonly RankedArguments _arguments;
    private readonly TimeProvider _time;

    public LaunchedRank(RankEnvironment environment, RankedArguments arguments, TimeProvider time)
    {
        _environment = environment;
        _arguments = arguments;
        _time = time;
    }

    /// <summary>Trains, and gives the exit code.</summary>
    public int Run()
    {
        RankSignals.LeadGroup();
        LauncherPipe.DieWithLauncher();
        using var interruption = new Interruption(isQuiet: true);
        using var launcher = new JsonView(Console.Out, _time);
        using var folder = RunFolder.At(_arguments.Folder);
        using var view = OpenView(folder, launcher);
        try
        {
            var threads = RankThreads.Share(_environment, _arguments.Config.Training.Threads, Environment.ProcessorCount, LocalMeeting.Variables());
            var context = new RunContext(_arguments.Config, folder, view, _time) { Threads = threads };
            using var world = RankWorld.Meet(_environment, _arguments.Config, _time);
            return world.Run(() => TrainPrepared(context with { World = world }, interruption.Token)) ? ExitCodes.Done : ExitCodes.Interrupted;
        }
        catch (DistributedException exception)
        {
            view.Say(exception.Message);
            launcher.Write(new RunEvent { Kind = ViewEvents.LostPeer });
            throw;
        }
    }

    /// <summary>Trains on what other processes have prepared; false when training was interrupted.</summary>
    internal static bool TrainPrepared(RunContext context, CancellationToken cancellationToken)
    {
        var tokenizer = TokenizerStage.Load(context);
        var shards = ShardManifest.Load(DecomposeStage.ManifestPath(context));
        return TrainStage.Run(MixStage.Prepared(context, shards), tokenizer, shards, cancellationToken).IsComplete;
    }

    private IRunView OpenView(RunFolder folder, JsonView launcher)
    {
        // Whoever placed a rank of a generation hears of each how far it is.
        return _environment.Rank == 0 || _environment.Generation is not null ? launcher : new RankView(RankView.PathOf(folder, _environment.Rank), _time, launcher.Warn);
    }
}
