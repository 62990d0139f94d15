using Granary.Core.Randomness;
using Granary.Pipelines.Climb.Mixtures;
using Granary.Pipelines.Climb.Search;

namespace Granary.Pipelines.Climb.Replay;

/// <summary>The mixtures of a table: a search that replays known results can visit no others.</summary>
internal sealed class TableCandidates : ICandidates
{
    private readonly IReadOnlyList<double[]> _rows;

    /// <summary>Creates the candidates.</summary>
    public TableCandidates(IReadOnlyList<double[]> rows)
    {
        _rows = rows;
    }

    /// <inheritdoc/>
    public IReadOnlyList<double[]> Draw(int count, RandomKey key)
    {
        return count <= _rows.Count
            ? Picks.Of(_rows, count, key)
            : throw new MixtureSearchException($"The first round wants '{count}' mixtures, but the table holds {_rows.Count}. Allow fewer evaluations.");
    }

    /// <inheritdoc/>
    public IReadOnlyList<Candidate> Pool(IReadOnlyList<double[]> best, RandomKey key)
    {
        return [.. _rows.Select(weights => new Candidate(weights, IsLocal: false))];
    }

    /// <inheritdoc/>
    public double[] Nearest(IReadOnlyList<double> mixture)
    {
        return _rows.MinBy(row => Distance.Between(row, mixture))!;
    }

    /// <inheritdoc/>
    public bool Holds(IReadOnlyList<double> mixture)
    {
        return _rows.Any(row => Distance.Between(row, mixture) == 0);
    }
}
