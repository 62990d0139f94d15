using Granary.Distributed.Sequence.Blocks;
using Granary.Torch;

namespace Granary.Distributed.Sequence.Engine;

/// <summary>
/// The sums that a rank holds, in float32 or wider: its own of all heads, and those of others of the heads that blocks added
/// to. A sum begins at nothing: gradients 0, out 0 with lse -inf.
/// </summary>
internal sealed class SumStore : IDisposable
{
    private readonly SequenceShape _shape;
    private readonly IBlockAttention _blocks;
    private readonly Dictionary<(Payload Payload, int Owner, HeadPart Heads), Tensor[]> _sums = [];

    internal SumStore(SequenceShape shape, IBlockAttention blocks)
    {
        _shape = shape;
        _blocks = blocks;
    }

    /// <summary>Adds tensors of heads [first, first + their number), which this may keep, to the sum of some rows.</summary>
    internal void Add(Payload payload, RowSpan rows, HeadPart heads, int first, IReadOnlyList<Tensor> tensors)
    {
        var key = (payload, rows.Owner, rows.Owner == _shape.Rank ? HeadPart.All : heads);
        var (firstHeld, endHeld) = _shape.HeadsOf(payload, key.Item3);
        var count = tensors[0].size(2);
        var type = SumTypes.Of(_shape.Data);
        if (!_sums.ContainsKey(key) && rows.Rows == RowPart.Whole && count == endHeld - firstHeld)
        {
            _sums.Add(key, [.. tensors.Select(tensor => tensor.to(type).DetachFromDisposeScope())]);
            return;
        }

        var views = Held(key).Select(sum => SequenceShape.View(sum, _shape.StartIn(RowPart.Whole, rows), _shape.LengthOf(rows), first - firstHeld, count)).ToList();
        if (payload == Payload.Outputs)
        {
            _blocks.Merge(views[0].transpose(1, 2), views[1], tensors[0].to(type).transpose(1, 2), tensors[1]);
            return;
        }

        foreach (var (view, tensor) in views.Zip(tensors))
        {
            view.add_(tensor);
        }
    }

    /// <summary>Adds a sum that came.</summary>
    internal void Add(Parcel parcel, ParcelBuffers buffers)
    {
        Add(parcel.Payload, new RowSpan(parcel.Owner, parcel.Rows), parcel.Heads, _shape.HeadsOf(parcel.Payload, parcel.Heads).First, buffers.Tensors);
    }

    /// <summary>Copies a parcel of a sum into buffers; what was added of these heads is then gone.</summary>
    internal void Give(Parcel parcel, ParcelBuffers buffers)
    {
        var isOwn = parcel.Owner == _shape.Rank;
        var key = (parcel.Payload, parcel.Owner, isOwn ? HeadPart.All : parcel.Heads);
        var rows = new RowSpan(parcel.Owner, parcel.Rows);
        var (first, end) = _shape.HeadsOf(parcel.Payload, parcel.Heads);
        var firstHeld = _shape.HeadsOf(parcel.Payload, key.Item3).First;
        buffers.Fill([.. Held(key).Select(sum => SequenceShape.View(sum, _shape.StartIn(RowPart.Whole, rows), _shape.LengthOf(rows), first - firstHeld, end - first))]);
        if (isOwn && parcel.Heads.Count > 1)
        {
            Clear(_sums[key], first, end);
            return;
        }

        Array.ForEach(_sums[key], sum => sum.Dispose());
        _sums.Remove(key);
    }

    /// <summary>The rank's own sum of all heads, which stays with this.</summary>
    internal IReadOnlyList<Tensor> Own(Payload payload) => Held((payload, _shape.Rank, HeadPart.All));

    /// <inheritdoc/>
    public void Dispose()
    {
        foreach (var sum in _sums.Values.SelectMany(sums => sums))
        {
            sum.Dispose();
        }

        _sums.Clear();
    }

    private Tensor[] Held((Payload Payload, int Owner, HeadPart Heads) key)
    {
        if (!_sums.TryGetValue(key, out var sums))
        {
            var type = SumTypes.Of(_shape.Data);
            sums = [.. _shape.ShapesOf(new Parcel(key.Payload, key.Owner, RowPart.Whole, key.Heads)).Select(sizes =>
                (sizes.Length == 4 ? torch.zeros(sizes, type) : torch.full(sizes, double.NegativeInfinity, type)).DetachFromDisposeScope())];
            _sums.Add(key, sums);
        }

        return sums;
    }

    private void Clear(Tensor[] sums, int first, int end)
    {
        foreach (var sum in sums)
        {
            var view = SequenceShape.View(sum, 0, _shape.Layout.LengthOf(_shape.Rank, RowPart.Whole), first, end - first);
            view.copy_(torch.full([1], sum.ndim == 4 ? 0 : double.NegativeInfinity, sum.dtype));
        }
    }
}
