using Granary.Torch.Distributed;

namespace Granary.Distributed;

/// <summary>
/// Ranks as a grid of two axes: <c>data</c>, along which ranks have other rows, and <c>sequence</c>, along which they have
/// other positions of the same rows. Ranks of one sequence axis follow each other.
/// </summary>
public sealed class Mesh : IDisposable
{
    private Mesh(ProcessGroup? world, ProcessGroup? data, ProcessGroup? sequence)
    {
        World = world;
        Data = data;
        Sequence = sequence;
    }

    /// <summary>One rank, which exchanges nothing.</summary>
    public static Mesh Single { get; } = new(null, null, null);

    /// <summary>All ranks; null where there is one.</summary>
    public ProcessGroup? World { get; }

    /// <summary>The ranks that have this rank's positions of other rows; null where there is one.</summary>
    public ProcessGroup? Data { get; }

    /// <summary>The ranks that have other positions of this rank's rows; null where there is one.</summary>
    public ProcessGroup? Sequence { get; }

    /// <summary>This rank's number among all.</summary>
    public int Rank => World?.rank ?? 0;

    /// <summary>All ranks.</summary>
    public int Size => World?.size ?? 1;

    /// <summary>A grid of a group's ranks; all of them call it. The mesh owns the groups it makes, not the world.</summary>
    /// <exception cref="ArgumentException">The number of ranks is no multiple of the sequence axis.</exception>
    public static Mesh Of(ProcessGroup world, int sequenceRanks)
    {
        if (sequenceRanks < 1 || world.size % sequenceRanks != 0)
        {
            throw new ArgumentException($"The sequence axis has '{sequenceRanks}' ranks, but must divide all {world.size}; change the number of ranks or parallel.sequence.", nameof(sequenceRanks));
        }

        var rows = Enumerable.Range(0, world.size / sequenceRanks).Select(row => world.new_group([.. Enumerable.Range(row * sequenceRanks, sequenceRanks)])).ToList();
        var columns = Enumerable.Range(0, sequenceRanks).Select(column => world.new_group([.. Enumerable.Range(0, world.size / sequenceRanks).Select(row => (row * sequenceRanks) + column)])).ToList();
        var (sequence, data) = (rows.OfType<ProcessGroup>().Single(), columns.OfType<ProcessGroup>().Single());
        return new Mesh(world, data.size > 1 ? data : null, sequence.size > 1 ? sequence : null);
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        Data?.Dispose();
        Sequence?.Dispose();
    }
}
