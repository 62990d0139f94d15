using Granary.Torch.Native;

namespace Granary.Torch.Kernels;

/// <summary>A mask's vectors, checked against the lengths, in the order in which they are saved for backward.</summary>
internal sealed unsafe class AttentionMaskVectors
{
    private readonly AttentionMask _mask;
    private readonly Tensor? _segmentQ;
    private readonly Tensor? _segmentK;
    private readonly Tensor? _anchorK;
    private readonly Tensor? _rankQ;
    private readonly Tensor? _rankK;

    /// <exception cref="ArgumentException">A vector's type or shape is another than the law's.</exception>
    /// <exception cref="InvalidOperationException">The law is one of a slice.</exception>
    internal AttentionMaskVectors(AttentionMask mask, long batch, long queryLength, long keyLength, DeviceType device = DeviceType.CPU)
    {
        mask.RequireWhole();
        _mask = mask;
        _segmentQ = Vector(mask.SegmentQ, nameof(mask.SegmentQ), ScalarType.Int32, batch, queryLength, device);
        _segmentK = Vector(mask.SegmentK, nameof(mask.SegmentK), ScalarType.Int32, batch, keyLength, device);
        _anchorK = Vector(mask.AnchorK, nameof(mask.AnchorK), ScalarType.Byte, batch, keyLength, device);
        _rankQ = Vector(mask.RankQ, nameof(mask.RankQ), ScalarType.Int32, batch, queryLength, device);
        _rankK = Vector(mask.RankK, nameof(mask.RankK), ScalarType.Int32, batch, keyLength, device);
    }

    private AttentionMaskVectors(AttentionMask mask, Queue<Tensor> saved)
    {
        _mask = mask;
        _segmentQ = mask.SegmentQ is null ? null : saved.Dequeue();
        _segmentK = mask.SegmentK is null ? null : saved.Dequeue();
        _anchorK = mask.AnchorK is null ? null : saved.Dequeue();
        _rankQ = mask.RankQ is null ? null : saved.Dequeue();
        _rankK = mask.RankK is null ? null : saved.Dequeue();
    }

    /// <summary>Those vectors that there are.</summary>
    internal IEnumerable<Tensor> Present => new[] { _segmentQ, _segmentK, _anchorK, _rankQ, _rankK }.OfType<Tensor>();

    /// <summary>The native form; valid while this object lives.</summary>
    internal NativeAttentionMask Native => new()
    {
        Kind = (int)_mask.Order,
        CausalOffset = _mask.CausalOffset,
        SegmentQ = (int*)Address(_segmentQ),
        SegmentK = (int*)Address(_segmentK),
        AnchorK = (byte*)Address(_anchorK),
        RankQ = (int*)Address(_rankQ),
        RankK = (int*)Address(_rankK),
    };

    /// <summary>Pairs of a query and a key that the order lets see each other, in one row and head; of a ranked order all of them.</summary>
    internal long VisiblePairs(long queryLength, long keyLength)
    {
        if (_mask.Order != AttentionOrder.Causal)
        {
            return queryLength * keyLength;
        }

        var pairs = 0L;
        for (var query = 0L; query < queryLength; query++)
        {
            pairs += Math.Clamp(query + 1 + _mask.CausalOffset, 0, keyLength);
        }

        return pairs;
    }

    /// <summary>The vectors again, from what <see cref="Present"/> gave.</summary>
    internal static AttentionMaskVectors FromSaved(AttentionMask mask, IEnumerable<Tensor> saved)
    {
        return new AttentionMaskVectors(mask, new Queue<Tensor>(saved));
    }

    private static Tensor? Vector(Tensor? vector, string name, ScalarType type, long batch, long length, DeviceType device)
    {
        return vector is null ? null : KernelArguments.RequireOn(device, vector, name, type, batch, length);
    }

    private static void* Address(Tensor? tensor)
    {
        return tensor is null ? null : tensor.DataPointer();
    }
}
