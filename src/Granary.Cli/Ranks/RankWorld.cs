using System.Globalization;
using Granary.Cli.Stages;
using Granary.Core.Configuration;
using Granary.Distributed;
using Granary.Distributed.Ranks;
using Granary.Torch;
using Granary.Torch.Distributed;

namespace Granary.Cli.Ranks;

/// <summary>The ranks of a run as one of them sees them: their grid, and what all of them agree on.</summary>
internal sealed class RankWorld : IDisposable
{
    /// <summary>The grid of a process by itself.</summary>
    public const string SingleGrid = "1 data x 1 sequence";

    private const string Prepared = "prepared";

    private readonly Rendezvous _rendezvous;

    private RankWorld(RankEnvironment environment, Rendezvous rendezvous, Mesh mesh)
    {
        Environment = environment;
        Mesh = mesh;
        _rendezvous = rendezvous;
    }

    /// <summary>Which rank this process is.</summary>
    public RankEnvironment Environment { get; }

    /// <summary>The ranks as a grid of rows and positions.</summary>
    public Mesh Mesh { get; }

    /// <summary>The grid in words: "2 data x 4 sequence".</summary>
    public string Grid => string.Create(CultureInfo.InvariantCulture, $"{Mesh.Data?.size ?? 1} data x {Mesh.Sequence?.size ?? 1} sequence");

    /// <summary>Whether this is rank 0, which alone writes to the run's folder.</summary>
    public bool IsFirst => Environment.Rank == 0;

    /// <summary>Meets the other ranks, which must have the same configuration.</summary>
    /// <exception cref="DistributedException">Some did not come in time.</exception>
    public static RankWorld Meet(RankEnvironment environment, RunConfig config, TimeProvider time)
    {
        RankAgreement.RequireGrid(config, environment.Size);
        DeviceChoice.Use(config.Training, environment);
        var rendezvous = Rendezvous.Join(
            new RendezvousOptions
            {
                Rank = environment.Rank,
                Size = environment.Size,
                Address = environment.MasterAddress,
                Port = environment.MasterPort,
                Timeout = config.Parallel.Timeout,
                Prefix = environment.Generation is { } generation ? string.Create(CultureInfo.InvariantCulture, $"{config.Name}/{generation}/") : string.Empty,
                ChecksCalls = config.Parallel.CompareCalls,
                Backend = config.Training.ToDevice().Type == DeviceType.CUDA ? DistributedBackend.Nccl : DistributedBackend.Gloo,
            },
            time);
        try
        {
            RankAgreement.RequireSame(rendezvous.World, ConfigurationFile.Write(config));
            return new RankWorld(environment, rendezvous, Mesh.Of(rendezvous.World, config.Parallel.SequenceRanks));
        }
        catch (Exception exception)
        {
            rendezvous.Fail(exception);
            rendezvous.Dispose();
            throw;
        }
    }

    /// <summary>Runs a rank's work; when it fails, the others hear of it at once, with the reason.</summary>
    public T Run<T>(Func<T> work)
    {
        try
        {
            return work();
        }
        catch (Exception exception)
        {
            _rendezvous.Fail(exception);
            throw;
        }
    }

    /// <summary>Tells the other ranks that what is trained on is there, where this is the first.</summary>
    public void SayPrepared()
    {
        if (IsFirst)
        {
            Announce(Prepared);
        }
    }

    /// <summary>Waits until rank 0 has prepared what is trained on, however long that takes.</summary>
    public void WaitUntilPrepared(CancellationToken cancellationToken)
    {
        _rendezvous.Await(Prepared, cancellationToken);
    }

    /// <summary>Tells the other ranks that something is done for which they wait.</summary>
    public void Announce(string what)
    {
        _rendezvous.Announce(what);
    }

    /// <summary>Waits until a rank has announced something, however long that takes.</summary>
    public void Await(string what)
    {
        _rendezvous.Await(what, CancellationToken.None);
    }

    /// <summary>Compares what each rank has.</summary>
    /// <exception cref="StageException">It is not the same everywhere; the ranks that stand against rank 0 are named.</exception>
    public void RequireSame(string own, string what, string where)
    {
        var all = FromEach(own);
        var others = Enumerable.Range(0, all.Count).Where(rank => all[rank] != all[0]).ToList();
        if (others.Count > 0)
        {
            throw new StageException(TrainStage.Name, $"Rank {string.Join(", ", others)} sees another {what} ('{Short(all[others[0]])}') than rank 0 ('{Short(all[0])}') in '{where}'. All ranks must see the same run's folder; look at what is mounted there.");
        }
    }

    /// <summary>What rank 0 says, on every rank; only there it is worked out.</summary>
    public string FromFirst(Func<string> text)
    {
        return TextExchange.Broadcast(Mesh.World!, IsFirst ? text() : null, src: 0);
    }

    /// <summary>What each rank says, by rank.</summary>
    public IReadOnlyList<string> FromEach(string text)
    {
        return TextExchange.AllGather(Mesh.World!, text);
    }

    /// <summary>The number of each rank, by rank.</summary>
    public IReadOnlyList<double> FromEach(double number)
    {
        return [.. FromEach(number.ToString("R", CultureInfo.InvariantCulture)).Select(text => double.Parse(text, CultureInfo.InvariantCulture))];
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        Mesh.Dispose();
        _rendezvous.Dispose();
    }

    private static string Short(string text) => text.Length > 12 ? text[..12] : text;
}
