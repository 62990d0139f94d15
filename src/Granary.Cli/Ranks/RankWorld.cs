using Granary.Distributed;
using Granary.Distributed.Ranks;

namespace Granary.Cli.Ranks;

/// <summary>The ranks of a run as one of them sees them: their grid, and what all of them agree on.</summary>
internal sealed class RankWorld : IDisposable
{
    public RankWorld(RankEnvironment environment, Mesh mesh)
    {
        Environment = environment;
        Mesh = mesh;
    }

    /// <summary>Which rank this process is.</summary>
    public RankEnvironment Environment { get; }

    /// <summary>The ranks as a grid of rows and positions.</summary>
    public Mesh Mesh { get; }

    /// <summary>Whether this is rank 0, which alone writes to the run's folder.</summary>
    public bool IsFirst => Environment.Rank == 0;

    /// <summary>Meets the other ranks.</summary>
    public static RankWorld Meet(RankEnvironment environment, ParallelConfig config)
    {
        throw new RanksException(environment.Rank, $"No ranks can meet here, for {config}.", Commands.ExitCodes.Failed);
    }

    /// <summary>Waits until rank 0 has prepared what is trained on, however long that takes.</summary>
    public void WaitForFirst(CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
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

    /// <inheritdoc/>
    public void Dispose()
    {
        Mesh.Dispose();
    }
}
