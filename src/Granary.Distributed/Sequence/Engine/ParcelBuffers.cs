using Granary.Distributed.Sequence.Blocks;
using Granary.Torch;

namespace Granary.Distributed.Sequence.Engine;

/// <summary>
/// The memory that a parcel travels in: one buffer without gaps for what is of one type, so one message, or two where
/// statistics are wider than the data.
/// </summary>
internal sealed class ParcelBuffers
{
    private ParcelBuffers(IReadOnlyList<Tensor> messages, IReadOnlyList<Tensor> tensors)
    {
        Messages = messages;
        Tensors = tensors;
    }

    /// <summary>What is sent or received.</summary>
    internal IReadOnlyList<Tensor> Messages { get; }

    /// <summary>The parcel's tensors, which lie in the messages.</summary>
    internal IReadOnlyList<Tensor> Tensors { get; }

    /// <summary>Buffers of arbitrary content, in the caller's dispose scope.</summary>
    internal static ParcelBuffers Empty(Parcel parcel, SequenceShape shape, WireTypes wire)
    {
        var shapes = shape.ShapesOf(parcel);
        var types = shapes.Select(sizes => sizes.Length == 4 ? wire.Of(parcel.Payload, shape.Data) : SumTypes.Of(shape.Data)).ToList();
        var messages = types.Distinct().ToDictionary(type => type, type => torch.empty([shapes.Where((_, index) => types[index] == type).Sum(Elements)], type));
        var ends = messages.Keys.ToDictionary(type => type, _ => 0L);
        var tensors = new List<Tensor>();
        foreach (var (sizes, type) in shapes.Zip(types))
        {
            tensors.Add(messages[type].narrow(0, ends[type], Elements(sizes)).view(sizes));
            ends[type] += Elements(sizes);
        }

        return new ParcelBuffers([.. messages.Values], tensors);
    }

    /// <summary>Whether there is nothing in a parcel: no positions, or no heads.</summary>
    internal static bool IsEmpty(Parcel parcel, SequenceShape shape) => Elements(shape.ShapesOf(parcel)[0]) == 0;

    /// <summary>Copies a parcel's tensors in.</summary>
    internal void Fill(IReadOnlyList<Tensor> tensors)
    {
        foreach (var (to, from) in Tensors.Zip(tensors))
        {
            to.copy_(from);
        }
    }

    private static long Elements(long[] sizes) => sizes.Aggregate(1L, (product, size) => product * size);
}
