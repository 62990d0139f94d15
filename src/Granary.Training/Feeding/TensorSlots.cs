using System.Diagnostics;
using Granary.Torch;

namespace Granary.Training.Feeding;

/// <summary>
/// Tensors that stay where they are and are overwritten: what a captured step reads. The first round makes a slot for each
/// call, every further round fills them in the same order with numbers of the same types and shapes.
/// </summary>
/// <remarks>
/// On a device a slot is filled from pinned memory of its own by a copy that nobody waits for. So a round may begin only when
/// something was read back that the device computed after the round before: its copies are done then.
/// </remarks>
internal sealed class TensorSlots : ITensorFeed, IDisposable
{
    private readonly List<Slot> _slots = [];
    private int _next;

    /// <summary>Begins a round.</summary>
    internal void Rewind()
    {
        _next = 0;
    }

    public Tensor Next<T>(ReadOnlySpan<T> values, params long[] shape)
        where T : unmanaged
    {
        if (_next == _slots.Count)
        {
            _slots.Add(Slot.Of<T>(shape));
        }

        var slot = _slots[_next++];
        Debug.Assert(slot.Tensor.shape.AsSpan().SequenceEqual(shape), "steps of one signature feed equal shapes");
        values.CopyTo((slot.Staging ?? slot.Tensor).data<T>());
        if (slot.Staging is { } staging)
        {
            slot.Tensor.copy_(staging, non_blocking: true);
        }

        return slot.Tensor;
    }

    public void Dispose()
    {
        foreach (var slot in _slots)
        {
            slot.Tensor.Dispose();
            slot.Staging?.Dispose();
        }

        _slots.Clear();
    }

    private static Tensor Pinned(long[] shape, ScalarType type)
    {
        using var pageable = torch.empty(shape, type, torch.CPU);
        return pageable.pin_memory();
    }

    /// <summary>A tensor, and on a device the main memory that it is filled from.</summary>
    private sealed record Slot(Tensor Tensor, Tensor? Staging)
    {
        internal static Slot Of<T>(long[] shape)
            where T : unmanaged
        {
            var type = ScalarTypes.Of<T>();
            var tensor = torch.empty(shape, type).DetachFromDisposeScope();
            return new Slot(tensor, tensor.device.Type == DeviceType.CPU ? null : Pinned(shape, type).DetachFromDisposeScope());
        }
    }
}
