using System.Buffers.Binary;
using System.Text.Json;
using Granary.Core.Files;

namespace Granary.Checkpoints.Safetensors;

/// <summary>
/// Collects tensors and writes them as one safetensors file. Larger element types come first, then names in ordinal
/// order, so every tensor is aligned to its element and equal content gives equal bytes.
/// </summary>
public sealed class SafetensorsWriter
{
    private readonly Dictionary<string, string> _metadata = new(StringComparer.Ordinal);
    private readonly Dictionary<string, Planned> _tensors = new(StringComparer.Ordinal);

    /// <summary>Adds a note to the file's "__metadata__".</summary>
    /// <exception cref="ArgumentException">The key is taken.</exception>
    public void AddMetadata(string key, string value)
    {
        _metadata.Add(key, value);
    }

    /// <summary>
    /// Adds a tensor. <paramref name="write"/> is called when the file is written, and puts exactly the tensor's bytes
    /// on the stream: little-endian, row-major.
    /// </summary>
    /// <exception cref="ArgumentException">The name, the dtype or the shape breaks a rule, or the name is taken.</exception>
    public void Add(string name, string dtype, IReadOnlyList<long> shape, Action<Stream> write)
    {
        var tensor = Plan(name, dtype, shape, write);
        _tensors.Add(name, tensor);
    }

    /// <summary>Adds a tensor whose bytes are at hand; they are read when the file is written.</summary>
    /// <exception cref="ArgumentException">As above, or the number of bytes is not that of the shape.</exception>
    public void Add(string name, string dtype, IReadOnlyList<long> shape, ReadOnlyMemory<byte> bytes)
    {
        var tensor = Plan(name, dtype, shape, stream => stream.Write(bytes.Span));
        if (bytes.Length != tensor.Bytes)
        {
            throw new ArgumentException(Mismatch(tensor, bytes.Length), nameof(bytes));
        }

        _tensors.Add(name, tensor);
    }

    /// <summary>Writes the file beside its final name, syncs it and renames it: a reader sees all of it or none.</summary>
    public SafetensorsDigest Write(string path)
    {
        SafetensorsDigest? digest = null;
        AtomicFile.Write(path, stream => digest = Write(stream));
        return digest!;
    }

    /// <summary>Writes the file's bytes to a stream.</summary>
    /// <exception cref="InvalidOperationException">A tensor's callback wrote more or fewer bytes than its shape has.</exception>
    public SafetensorsDigest Write(Stream stream)
    {
        using var hashing = new HashingStream(stream);
        var ordered = _tensors.Values.OrderByDescending(tensor => tensor.ElementBytes).ThenBy(tensor => tensor.Name, StringComparer.Ordinal).ToList();
        hashing.Write(Header(ordered));
        foreach (var tensor in ordered)
        {
            var begin = hashing.Position;
            tensor.Write(hashing);
            var written = hashing.Position - begin;
            if (written != tensor.Bytes)
            {
                throw new InvalidOperationException(Mismatch(tensor, written));
            }
        }

        hashing.Flush();
        return new SafetensorsDigest(hashing.Sha256(), hashing.Position);
    }

    private static Planned Plan(string name, string dtype, IReadOnlyList<long> shape, Action<Stream> write)
    {
        var fault = SafetensorsRules.FaultOfName(name);
        var bytes = 0L;
        fault ??= SafetensorsRules.FaultOfShape(name, dtype, shape, out bytes);
        if (fault is not null)
        {
            throw new ArgumentException(fault, nameof(name));
        }

        _ = SafetensorsDtype.TryGetSize(dtype, out var elementBytes);
        return new Planned(name, dtype, [.. shape], elementBytes, bytes, write);
    }

    private static string Mismatch(Planned tensor, long bytes)
    {
        return $"Tensor '{tensor.Name}' came with {bytes} bytes but {tensor.Dtype} of shape [{string.Join(", ", tensor.Shape)}] has {tensor.Bytes}.";
    }

    private byte[] Header(List<Planned> ordered)
    {
        using var text = new MemoryStream();
        text.Write(stackalloc byte[SafetensorsRules.LengthFieldBytes]);
        using (var json = new Utf8JsonWriter(text))
        {
            json.WriteStartObject();
            WriteMetadata(json);
            var offset = 0L;
            foreach (var tensor in ordered)
            {
                WriteTensor(json, tensor, offset);
                offset = checked(offset + tensor.Bytes);
            }

            json.WriteEndObject();
        }

        // Spaces up to a multiple of 8, so that the data begins aligned.
        while (text.Length % 8 != 0)
        {
            text.WriteByte((byte)' ');
        }

        var header = text.ToArray();
        var length = header.Length - SafetensorsRules.LengthFieldBytes;
        if (length > SafetensorsRules.MaxHeaderBytes)
        {
            throw new InvalidOperationException($"The header has {length} bytes but at most {SafetensorsRules.MaxHeaderBytes} are allowed; spread the tensors over several files.");
        }

        BinaryPrimitives.WriteUInt64LittleEndian(header, (ulong)length);
        return header;
    }

    private void WriteMetadata(Utf8JsonWriter json)
    {
        if (_metadata.Count == 0)
        {
            return;
        }

        json.WriteStartObject(SafetensorsRules.MetadataKey);
        foreach (var (key, value) in _metadata.OrderBy(pair => pair.Key, StringComparer.Ordinal))
        {
            json.WriteString(key, value);
        }

        json.WriteEndObject();
    }

    private static void WriteTensor(Utf8JsonWriter json, Planned tensor, long offset)
    {
        json.WriteStartObject(tensor.Name);
        json.WriteString("dtype", tensor.Dtype);
        json.WriteStartArray("shape");
        foreach (var dim in tensor.Shape)
        {
            json.WriteNumberValue(dim);
        }

        json.WriteEndArray();
        json.WriteStartArray("data_offsets");
        json.WriteNumberValue(offset);
        json.WriteNumberValue(checked(offset + tensor.Bytes));
        json.WriteEndArray();
        json.WriteEndObject();
    }

    private sealed record Planned(string Name, string Dtype, long[] Shape, int ElementBytes, long Bytes, Action<Stream> Write);
}
