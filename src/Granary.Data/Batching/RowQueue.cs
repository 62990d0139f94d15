using Granary.Core.Randomness;

namespace Granary.Data.Batching;

/// <summary>
/// The rows of a group as one endless queue: pass after pass, each in an order of its own. Where a pass takes only a
/// part of the rows, each takes the part that has waited longest.
/// </summary>
internal sealed class RowQueue
{
    private const int OrdersKept = 3;
    private const long Selection = -1; // stands for the order in which passes over a part go through all rows

    private readonly RandomKey _key;
    private readonly MixtureGroup _group;
    private readonly long _rowsPerPass;

    // The orders of the passes last asked for, which any thread may fill; guarded by itself.
    private readonly Dictionary<long, RowPermutation> _orders = [];

    /// <summary>Creates the queue; <paramref name="key"/> is its own.</summary>
    public RowQueue(RandomKey key, MixtureGroup group, long rowsPerPass)
    {
        _key = key;
        _group = group;
        _rowsPerPass = rowsPerPass;
    }

    /// <summary>Writes the rows from a position on, as numbers in the bucket.</summary>
    public void Fill(long position, Span<long> rows)
    {
        var selection = _rowsPerPass == _group.Rows ? null : Order(Selection);
        var pass = -1L;
        RowPermutation? order = null;
        for (var i = 0; i < rows.Length; i++, position++)
        {
            if (position / _rowsPerPass != pass)
            {
                pass = position / _rowsPerPass;
                order = Order(pass);
            }

            var place = order!.At(position % _rowsPerPass);
            rows[i] = _group.RowAt(selection is null ? place : selection.At(((pass * _rowsPerPass) + place) % _group.Rows));
        }
    }

    private RowPermutation Order(long pass)
    {
        lock (_orders)
        {
            if (!_orders.TryGetValue(pass, out var order))
            {
                if (_orders.Count >= OrdersKept)
                {
                    _orders.Remove(_orders.Keys.Where(other => other != Selection).Min());
                }

                order = new RowPermutation(_key.Fold(pass), pass == Selection ? _group.Rows : _rowsPerPass);
                _orders[pass] = order;
            }

            return order;
        }
    }
}
