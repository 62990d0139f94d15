using Granary.Torch;

namespace Granary.Distributed.Sequence.Engine;

/// <summary>The operands that a rank holds: its own, and those that came, which it frees.</summary>
internal sealed class OperandStore : IDisposable
{
    private readonly SequenceShape _shape;
    private readonly List<Held> _held = [];

    internal OperandStore(SequenceShape shape)
    {
        _shape = shape;
    }

    /// <summary>Holds tensors that belong to somebody else.</summary>
    internal void Lend(Parcel parcel, params Tensor[] tensors) => _held.Add(new Held(parcel, tensors, Buffers: null, IsOwned: false));

    /// <summary>Holds what came, in the type of the data. What travelled in that type is not copied.</summary>
    internal void Take(Parcel parcel, ParcelBuffers buffers)
    {
        var isOfType = buffers.Tensors[0].dtype == _shape.Data;
        var tensors = isOfType ? buffers.Tensors : [.. buffers.Tensors.Select(tensor => tensor.ndim == 4 ? tensor.to(_shape.Data) : tensor)];
        var held = new Held(parcel, tensors, isOfType ? buffers : null, IsOwned: true);
        foreach (var tensor in held.Owned)
        {
            tensor.DetachFromDisposeScope();
        }

        _held.Add(held);
    }

    /// <summary>Frees what came and is not needed.</summary>
    internal void Drop(Func<Parcel, bool> isNeeded)
    {
        foreach (var held in _held.Where(held => held.IsOwned && !isNeeded(held.Parcel)).ToList())
        {
            foreach (var tensor in held.Owned)
            {
                tensor.Dispose();
            }

            _held.Remove(held);
        }
    }

    /// <summary>The buffers in which a parcel came, to be sent on as they are; null where it did not come like that.</summary>
    internal ParcelBuffers? BuffersOf(Parcel parcel) => _held.Find(held => held.Parcel == parcel)?.Buffers;

    /// <summary>A parcel's tensors, as views where one piece that is held covers it.</summary>
    /// <exception cref="InvalidOperationException">It is not held.</exception>
    internal IReadOnlyList<Tensor> Find(Parcel parcel)
    {
        var (first, end) = _shape.HeadsOf(parcel.Payload, parcel.Heads);
        return Find(parcel.Payload, new RowSpan(parcel.Owner, parcel.Rows), first, end)
            ?? throw new InvalidOperationException($"Rank {_shape.Rank} uses '{parcel}' before it came; mend the schedule.");
    }

    /// <summary>Heads [first, end) of several rows one behind the other.</summary>
    /// <exception cref="InvalidOperationException">They are not held.</exception>
    internal IReadOnlyList<Tensor> Find(Payload payload, IReadOnlyList<RowSpan> rows, int first, int end)
    {
        var pieces = rows.Select(span => Find(payload, span, first, end)
            ?? throw new InvalidOperationException($"Rank {_shape.Rank} uses {payload} {span} of heads {first} to {end - 1} before they came; mend the schedule.")).ToList();
        return pieces.Count == 1 ? pieces[0] : Join(pieces);
    }

    /// <inheritdoc/>
    public void Dispose() => Drop(_ => false);

    private IReadOnlyList<Tensor>? Find(Payload payload, RowSpan rows, int first, int end)
    {
        foreach (var (parcel, tensors, _, _) in _held.Where(held => held.Parcel.Payload == payload && held.Parcel.Owner == rows.Owner))
        {
            var (heldFirst, heldEnd) = _shape.HeadsOf(payload, parcel.Heads);
            if ((parcel.Rows == RowPart.Whole || parcel.Rows == rows.Rows) && heldFirst <= first && heldEnd >= end)
            {
                return [.. tensors.Select(tensor => SequenceShape.View(tensor, _shape.StartIn(parcel.Rows, rows), _shape.LengthOf(rows), first - heldFirst, end - first))];
            }
        }

        return rows.Rows == RowPart.Whole && Find(payload, rows with { Rows = RowPart.First }, first, end) is { } before
            && Find(payload, rows with { Rows = RowPart.Second }, first, end) is { } behind ? Join([before, behind]) : null;
    }

    private static List<Tensor> Join(List<IReadOnlyList<Tensor>> pieces)
    {
        return [.. pieces[0].Select((tensor, index) => torch.cat([.. pieces.Select(piece => piece[index])], dim: tensor.ndim == 4 ? 1 : 2))];
    }

    private sealed record Held(Parcel Parcel, IReadOnlyList<Tensor> Tensors, ParcelBuffers? Buffers, bool IsOwned)
    {
        public IEnumerable<Tensor> Owned => Tensors.Concat(Buffers?.Messages ?? []);
    }
}
