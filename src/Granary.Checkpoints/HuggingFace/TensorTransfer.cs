using Granary.Checkpoints.Safetensors;
using Granary.Torch;

namespace Granary.Checkpoints.HuggingFace;

/// <summary>Moves tensors to and from files in blocks of rows, converting on the way: 64 MiB of extra memory, whatever the tensor's size.</summary>
internal static class TensorTransfer
{
    private const long ElementsPerBlock = 1 << 24;

    /// <summary>Writes the elements as a type, row-major; the tensor may be a view with any strides, on any device.</summary>
    public static void Write(Stream stream, Tensor tensor, ScalarType type)
    {
        using var recording = torch.no_grad();
        foreach (var (start, count) in Blocks(tensor.shape))
        {
            using var scope = torch.NewDisposeScope();
            stream.Write(tensor.narrow(0, start, count).to(torch.CPU, type).contiguous().bytes);
        }
    }

    /// <summary>Copies a file's tensor into one of the same shape, which may be a view.</summary>
    public static void Read(SafetensorsReader reader, SafetensorsEntry entry, ScalarType type, Tensor destination)
    {
        using var recording = torch.no_grad();
        var shape = destination.shape;
        foreach (var (start, count) in Blocks(shape))
        {
            using var scope = torch.NewDisposeScope();
            var block = torch.empty([count, .. shape[1..]], type, torch.CPU);
            var bytes = block.bytes;
            reader.Bytes(entry, start * (entry.Length / shape[0]), bytes.Length).CopyTo(bytes);
            destination.narrow(0, start, count).copy_(block);
        }
    }

    private static IEnumerable<(long Start, long Count)> Blocks(long[] shape)
    {
        var rowElements = Math.Max(1, shape[1..].Aggregate(1L, (product, size) => product * size));
        var rows = Math.Max(1, ElementsPerBlock / rowElements);
        for (var start = 0L; start < shape[0]; start += rows)
        {
            yield return (start, Math.Min(rows, shape[0] - start));
        }
    }
}
