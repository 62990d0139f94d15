using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using Granary.Core.Randomness;
using Granary.Data.Batching;
using Granary.Data.Shards;

namespace Granary.Pipelines.Mazes;

/// <summary>
/// Batches of a constant number of mazes, pass after pass over the set, each pass in an order of its own. The rows of a
/// step have the length of its longest maze, rounded up to a multiple of 8; behind a maze stand padding ids in segment 0.
/// </summary>
/// <remarks>A target belongs to the position in front of it, so position i + 1 holds a token to be predicted where position i has a target.</remarks>
public sealed class MazeBatchSource : IBatchSource
{
    private const int LengthMultiple = 8;

    private readonly MazeTokenSet _set;
    private readonly int _rowsPerStep;
    private readonly RandomKey _key;
    private readonly MazeTargets _targets;
    private readonly BatchShare _share;
    private readonly TokenBatchPool _pool;

    // The order of the pass that was used last: small sets have a table, which is made once a pass.
    private (long Pass, RowPermutation Order) _order;

    /// <summary>Creates a source of so many steps of so many mazes each; of every step it loads a share.</summary>
    public MazeBatchSource(MazeTokenSet set, int rowsPerStep, long totalSteps, long seed, MazeTargets targets = MazeTargets.Path, BatchShare? share = null)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(rowsPerStep, 1);
        ArgumentOutOfRangeException.ThrowIfNegative(totalSteps);
        _set = set;
        _rowsPerStep = rowsPerStep;
        _key = RandomKey.FromSeed(seed).Use("mazes.order");
        _targets = targets;
        _share = share ?? BatchShare.Whole;
        _pool = new TokenBatchPool(checked(rowsPerStep * RoundUp(set.Longest)), rowsPerStep);
        _order = (0, OrderOf(0));
        TotalSteps = totalSteps;
        TokensPerStep = (long)Math.Round((double)rowsPerStep * CountTargets() / set.Count);
        var text = string.Create(CultureInfo.InvariantCulture, $"{set.Identity} seed={seed} rows_per_step={rowsPerStep} targets={targets}");
        OrderSha256 = Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(text)));
    }

    /// <inheritdoc/>
    public long TotalSteps { get; }

    /// <summary>Targets in a step on average: rows are constant, their lengths are not.</summary>
    public long TokensPerStep { get; }

    /// <inheritdoc/>
    public string OrderSha256 { get; }

    /// <inheritdoc/>
    public TokenBatch Load(long step)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(step);
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual(step, TotalSteps);
        var tasks = new int[_rowsPerStep];
        for (var row = 0; row < tasks.Length; row++)
        {
            tasks[row] = TaskAt((step * _rowsPerStep) + row);
        }

        // Of the whole step, so that all shares have rows of one length.
        var length = RoundUp(tasks.Max(task => _set.Row(task).Length));
        var (first, end) = _share.Of(_rowsPerStep);
        return _pool.Rent(step, end - first, length, (row, tokens, targets, segments) => Fill(tasks[first + row], tokens, targets, segments));
    }

    private static int RoundUp(int length)
    {
        return (length + LengthMultiple - 1) / LengthMultiple * LengthMultiple;
    }

    private int TaskAt(long place)
    {
        var pass = place / _set.Count;
        if (_order.Pass != pass)
        {
            _order = (pass, OrderOf(pass));
        }

        return (int)_order.Order.At(place % _set.Count);
    }

    private RowPermutation OrderOf(long pass)
    {
        return new RowPermutation(_key.Fold(pass), _set.Count);
    }

    private long CountTargets()
    {
        return Enumerable.Range(0, _set.Count).Sum(task => (long)(_set.Row(task).Length - FirstTarget(task)));
    }

    private int FirstTarget(int task)
    {
        return _targets == MazeTargets.Path ? _set.PromptLength(task) : 1;
    }

    private RowProvenance Fill(int task, Span<long> tokens, Span<long> targets, Span<int> segments)
    {
        var ids = _set.Row(task);
        for (var i = 0; i < ids.Length; i++)
        {
            tokens[i] = ids[i];
        }

        tokens[ids.Length..].Fill(_set.Vocabulary.Padding);
        segments[..ids.Length].Fill(1);
        segments[ids.Length..].Clear();
        targets.Fill(TokenBatch.IgnoredTarget);
        var first = FirstTarget(task);
        tokens[first..ids.Length].CopyTo(targets[(first - 1)..]);
        return new RowProvenance(new DocumentHash((UInt128)task), SourceIndex: 0, TokenStart: 0, PieceOrdinal: 0, RowFlags.First | RowFlags.Last);
    }
}
