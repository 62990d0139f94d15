using System.Security.Cryptography;
using Granary.Torch;

namespace Granary.Checkpoints.Sharded;

/// <summary>A contiguous tensor's bytes, in pieces a span can hold: to be read from main memory, and filled on any device; and the names of its types in safetensors files.</summary>
internal static class TensorBytes
{
    private const long PieceBytes = 64 << 20;

    internal static string DtypeOf(ScalarType type)
    {
        return type switch
        {
            ScalarType.Float64 => "F64",
            ScalarType.Float32 => "F32",
            ScalarType.Float16 => "F16",
            ScalarType.BFloat16 => "BF16",
            ScalarType.Int64 => "I64",
            ScalarType.Int32 => "I32",
            ScalarType.Int16 => "I16",
            ScalarType.Int8 => "I8",
            ScalarType.Byte => "U8",
            ScalarType.Bool => "BOOL",
            _ => throw new NotSupportedException($"A safetensors file has no type for '{type}'."),
        };
    }

    internal static void Write(Tensor tensor, Stream stream)
    {
        Visit(tensor, piece => stream.Write(piece));
    }

    internal static string Sha256(Tensor tensor)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        Visit(tensor, piece => hash.AppendData(piece));
        return Convert.ToHexStringLower(hash.GetHashAndReset());
    }

    /// <summary>Copies bytes of the same type and shape into a tensor; <paramref name="read"/> gives count bytes from a start.</summary>
    internal static void Fill(Tensor tensor, Func<long, int, ReadOnlySpan<byte>> read)
    {
        using var flat = tensor.detach().view(-1);
        var size = tensor.dtype.ElementSize();
        var step = PieceBytes / size;
        for (long start = 0; start < flat.numel(); start += step)
        {
            using var piece = flat.narrow(0, start, Math.Min(step, flat.numel() - start));
            Fill(piece, read(start * size, (int)piece.numel() * size));
        }
    }

    private static void Fill(Tensor piece, ReadOnlySpan<byte> bytes)
    {
        if (piece.device.Type == DeviceType.CPU)
        {
            bytes.CopyTo(piece.bytes);
            return;
        }

        using var staging = torch.empty(piece.shape, piece.dtype, torch.CPU);
        bytes.CopyTo(staging.bytes);
        piece.copy_(staging);
    }

    private static void Visit(Tensor tensor, Action<ReadOnlySpan<byte>> visit)
    {
        using var flat = tensor.view(-1);
        var step = PieceBytes / tensor.dtype.ElementSize();
        for (long start = 0; start < flat.numel(); start += step)
        {
            using var piece = flat.narrow(0, start, Math.Min(step, flat.numel() - start));
            visit(piece.bytes);
        }
    }
}
