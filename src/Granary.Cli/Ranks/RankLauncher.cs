using Granary.Checkpoints.Sharded;
using Granary.Cli.Commands;
using Granary.Cli.Stages;
using Granary.Core.Runs;

namespace Granary.Cli.Ranks;

/// <summary>Trains on several processes of this machine: starts them, shows what they say, and sees to it that all end when one fails.</summary>
/// <remarks>
/// (1) a port at which they meet; (2) each is this program again, with its number in its environment and its share of the
/// threads; (3) an interruption is handed on to all, which end at the same step; (4) when one fails the others are asked to
/// end, and after a grace made to; (5) the first failure that is no consequence of another is the one that is shown first.
/// </remarks>
internal sealed class RankLauncher
{
    // Long enough to close files and say what happened; what hangs in an exchange does not end by itself before its time-out.
    private static readonly TimeSpan Grace = TimeSpan.FromSeconds(10);

    private const int Sigterm = 15;

    private readonly RunContext _context;
    private readonly RankRelay _relay;

    public RankLauncher(RunContext context)
    {
        _context = context;
        _relay = new RankRelay(context.View, context.RanksToStart);
    }

    /// <summary>Trains; false when it was interrupted and can go on.</summary>
    /// <exception cref="RanksException">A rank failed.</exception>
    public bool Run(CancellationToken cancellationToken)
    {
        var ranks = StartAll();
        try
        {
            using var interruption = cancellationToken.Register(() => ranks.ForEach(rank => rank.Interrupt()));
            var endings = WaitForAll(ranks);
            if (endings.All(ending => ending.ExitCode == ExitCodes.Done))
            {
                return true;
            }

            // A rank that has only just begun ends without a word when it is interrupted, and the others then miss it.
            var isInterrupted = endings.All(ending => !ending.IsFailure)
                || (cancellationToken.IsCancellationRequested && !endings.Any(ending => ending.IsCause && ending.Signal != Sigterm));
            return isInterrupted
                ? false
                : throw new RankFailure(ranks.Count, _relay.StepsDone, SavedStep()).ToException(endings);
        }
        finally
        {
            ranks.ForEach(rank => rank.Dispose());
        }
    }

    private List<RankProcess> StartAll()
    {
        var start = new RankStart(RankStart.ThisProgram(), _context.Folder.ConfigPath, Path.GetDirectoryName(_context.Folder.Path)!);
        var devices = Environment.GetEnvironmentVariable("CUDA_VISIBLE_DEVICES");
        var ranks = new List<RankProcess>();
        foreach (var environment in LocalMeeting.Of(_context.RanksToStart))
        {
            var threads = RankThreads.Share(environment, _context.Config.Training.Threads, Environment.ProcessorCount, new Dictionary<string, string>());
            ranks.Add(RankProcess.Start(start.Of(environment, threads, devices), environment.Rank, _relay));
        }

        return ranks;
    }

    private static List<RankEnding> WaitForAll(List<RankProcess> ranks)
    {
        var endings = new List<RankEnding>();
        var running = ranks.Select(rank => rank.Ended).ToList();
        while (running.Count > 0)
        {
            var ended = running[Task.WaitAny([.. running])];
            running.Remove(ended);
            endings.Add(ended.GetAwaiter().GetResult());
            if (endings.Count(ending => ending.IsFailure) == 1 && endings[^1].IsFailure)
            {
                ranks.ForEach(rank => rank.Stop());
                KillAfterGrace(ranks, running);
            }
        }

        return endings;
    }

    private static void KillAfterGrace(List<RankProcess> ranks, List<Task<RankEnding>> running)
    {
        _ = Task.WhenAll(running).WaitAsync(Grace).ContinueWith(
            late => ranks.ForEach(rank => rank.Kill()),
            CancellationToken.None,
            TaskContinuationOptions.OnlyOnFaulted,
            TaskScheduler.Default);
    }

    private long? SavedStep()
    {
        return CheckpointReader.FindLatest(_context.Folder.Path) is { } path ? RunFolder.StepOf(path) : null;
    }
}
