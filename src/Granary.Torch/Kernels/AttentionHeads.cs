using Granary.Torch.Native;

namespace Granary.Torch.Kernels;

/// <summary>A tensor, or columns of a projection, as heads [B, H, T, D]; keeps the tensor alive.</summary>
internal sealed unsafe class AttentionHeads
{
    private readonly Tensor _tensor;
    private readonly long _offset;
    private readonly (long Batch, long Head, long Row) _strides;

    internal AttentionHeads(Tensor tensor_BHTD)
    {
        _tensor = tensor_BHTD;
        (Batch, Count, Length, Dims) = (tensor_BHTD.size(0), tensor_BHTD.size(1), tensor_BHTD.size(2), tensor_BHTD.size(3));
        _strides = (tensor_BHTD.stride(0), tensor_BHTD.stride(1), tensor_BHTD.stride(2));
    }

    internal AttentionHeads(Tensor columns_BTP, long firstHead, long heads, long dims)
    {
        _tensor = columns_BTP;
        _offset = firstHead * dims;
        (Batch, Count, Length, Dims) = (columns_BTP.size(0), heads, columns_BTP.size(1), dims);
        _strides = (columns_BTP.stride(0), dims, columns_BTP.stride(1));
    }

    internal long Batch { get; }

    internal long Count { get; }

    internal long Length { get; }

    internal long Dims { get; }

    internal NativeAttentionTensor Native
    {
        get
        {
            var data = KernelArguments.Floats(_tensor);
            return new() { Data = data == null ? null : data + _offset, BatchStride = _strides.Batch, HeadStride = _strides.Head, RowStride = _strides.Row };
        }
    }

    internal static AttentionHeads Read(Tensor tensor, string name, long[]? shape = null)
    {
        var rows = KernelArguments.InRows(tensor, name);
        if (tensor.ndim != 4 || (shape is not null && !tensor.shape.AsSpan().SequenceEqual(shape)))
        {
            throw new ArgumentException($"'{name}' is {tensor} but must have four dims{(shape is null ? string.Empty : $" [{string.Join(", ", shape)}]")}.", name);
        }

        return new AttentionHeads(rows);
    }

    internal static AttentionHeads Write(Tensor tensor, string name, long[] shape)
    {
        var heads = Read(tensor, name, shape);
        return heads._tensor == tensor
            ? heads
            : throw new ArgumentException($"'{name}' is {tensor} with gaps in its last dim, but a kernel writes to it in place; give one without.", name);
    }

    public override string ToString()
    {
        return $"[{Batch}, {Count}, {Length}, {Dims}]";
    }
}
