using Granary.Checkpoints.Sharded;
using Granary.Cli.Cluster;
using Granary.Cli.Commands;
using Granary.Cli.Stages;
using Granary.Cluster.Generations;
using Granary.Cluster.Ledger;
using Granary.Cluster.Workers;
using Granary.Core.Runs;
using Granary.Torch;

namespace Granary.Cli.Ranks;

/// <summary>Trains on the nodes of a cluster: this process holds the run's folder, and has its ranks placed by generations.</summary>
internal sealed class PlacedTraining : IGenerationRun
{
    private readonly RunContext _context;
    private readonly ClusterConnection _connection;
    private readonly RankRelay _relay;
    private (LeaseToken Token, RankLogTail Log)? _first; // of the first rank

    public PlacedTraining(RunContext context, ClusterConnection connection)
    {
        _context = context;
        _connection = connection;
        _relay = new RankRelay(context.View, context.RanksToStart);
    }

    /// <inheritdoc/>
    public string Folder => _context.Folder.Path;

    /// <summary>Trains; false when this process was interrupted, which its ranks do not notice: the job's next process takes them up.</summary>
    /// <exception cref="RanksException">Too many generations failed.</exception>
    public bool Run(CancellationToken cancellationToken)
    {
        try
        {
            new GenerationTraining(_connection.Client, this, Plan(), _context.Time).RunAsync(cancellationToken).GetAwaiter().GetResult();
            return true;
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
        {
            return false;
        }
        catch (GenerationsException exception)
        {
            throw new RanksException(exception.Rank, exception.Message, ExitCodes.Failed);
        }
    }

    /// <inheritdoc/>
    public long Promote(int generation)
    {
        if (generation > 0)
        {
            new GenerationFence(Folder, generation).Promote();
        }

        return CheckpointReader.FindLatest(Folder) is { } latest ? RunFolder.StepOf(latest) ?? 0 : 0;
    }

    /// <inheritdoc/>
    public void Say(string sentence) => _context.View.Say(sentence);

    /// <inheritdoc/>
    public void Warn(string sentence) => _context.View.Warn(sentence);

    /// <inheritdoc/>
    public void Show(IReadOnlyList<ShardRow> ranks)
    {
        var (shard, token) = (ranks[0].Key, ranks[0].Token);
        if (ranks[0].State == ShardState.Leased && _first?.Token != token)
        {
            _first = (token, new RankLogTail(WorkerFiles.LogOf(Environment.CurrentDirectory, DatasetKind.Ranks, shard, token), line => _relay.TakeOutput(0, line)));
        }

        _first?.Log.Read();
    }

    private GenerationPlan Plan()
    {
        var (config, ranks) = (_context.Config, _context.RanksToStart);
        return new GenerationPlan
        {
            Job = _connection.Job,
            Ranks = ranks,
            MinRanks = config.Cluster is { MinRanks: > 0 and var least } ? least : ranks,
            Multiple = config.Parallel.SequenceRanks,
            Threads = Math.Max(1, config.Training.Threads / ranks),
            Gpus = config.Training.ToDevice().Type == DeviceType.CUDA ? 1 : 0,
            Arguments = JobWork.Rank(Folder),
            Patience = config.Parallel.Timeout,
        };
    }
}
