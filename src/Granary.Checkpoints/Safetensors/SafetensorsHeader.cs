using System.Text.Json;
using System.Text.Unicode;

namespace Granary.Checkpoints.Safetensors;

/// <summary>A file's table of contents, read from its JSON text and checked against the length of its data.</summary>
internal sealed class SafetensorsHeader
{
    private readonly string _path;
    private readonly Dictionary<string, string> _metadata = new(StringComparer.Ordinal);
    private readonly Dictionary<string, SafetensorsEntry> _byName = new(StringComparer.Ordinal);

    private SafetensorsHeader(string path)
    {
        _path = path;
    }

    /// <summary>The file's own notes; empty when it has none.</summary>
    public IReadOnlyDictionary<string, string> Metadata => _metadata;

    /// <summary>The tensors by name.</summary>
    public IReadOnlyDictionary<string, SafetensorsEntry> ByName => _byName;

    /// <summary>The tensors in the order of their bytes.</summary>
    public IReadOnlyList<SafetensorsEntry> Entries { get; private set; } = [];

    /// <summary>Reads and checks the header's JSON text; <paramref name="dataBytes"/> is all that follows it.</summary>
    /// <exception cref="CheckpointException">The text breaks a rule of the format.</exception>
    public static SafetensorsHeader Parse(string path, ReadOnlySpan<byte> json, long dataBytes)
    {
        var header = new SafetensorsHeader(path);
        if (!Utf8.IsValid(json))
        {
            throw header.Fault("The header is not UTF-8.");
        }

        try
        {
            header.Read(json);
        }
        catch (JsonException exception)
        {
            throw new CheckpointException(path, $"The header is not the JSON it must be: {exception.Message}", exception);
        }

        header.CheckLayout(dataBytes);
        return header;
    }

    private void Read(ReadOnlySpan<byte> json)
    {
        // Depth: the header, a tensor, its shape. Deeper nesting is refused by the parser.
        var reader = new Utf8JsonReader(json, new JsonReaderOptions { MaxDepth = 3 });
        reader.Read();
        Expect(reader.TokenType, JsonTokenType.StartObject, "the header");
        var hasMetadata = false;
        while (reader.Read() && reader.TokenType != JsonTokenType.EndObject)
        {
            var name = Text(ref reader);
            reader.Read();
            if (name != SafetensorsRules.MetadataKey)
            {
                ReadTensor(ref reader, name);
                continue;
            }

            if (hasMetadata)
            {
                throw Fault($"The header has the key '{SafetensorsRules.MetadataKey}' twice.");
            }

            hasMetadata = true;
            ReadMetadata(ref reader);
        }

        reader.Read(); // only whitespace may follow: anything else is a JsonException
    }

    private void ReadMetadata(ref Utf8JsonReader reader)
    {
        Expect(reader.TokenType, JsonTokenType.StartObject, $"'{SafetensorsRules.MetadataKey}'");
        while (reader.Read() && reader.TokenType != JsonTokenType.EndObject)
        {
            var key = Text(ref reader);
            reader.Read();
            Expect(reader.TokenType, JsonTokenType.String, $"the metadata of '{SafetensorsRules.Printable(key)}'");
            if (!_metadata.TryAdd(key, Text(ref reader)))
            {
                throw Fault($"The metadata has the key '{SafetensorsRules.Printable(key)}' twice.");
            }
        }
    }

    private void ReadTensor(ref Utf8JsonReader reader, string name)
    {
        if (SafetensorsRules.FaultOfName(name) is { } nameFault)
        {
            throw Fault(nameFault);
        }

        Expect(reader.TokenType, JsonTokenType.StartObject, $"tensor '{name}'");
        string? dtype = null;
        List<long>? shape = null;
        List<long>? offsets = null;
        while (reader.Read() && reader.TokenType != JsonTokenType.EndObject)
        {
            var key = Text(ref reader);
            reader.Read();
            var isFirst = key switch
            {
                "dtype" => dtype is null,
                "shape" => shape is null,
                "data_offsets" => offsets is null,
                _ => throw Fault($"Tensor '{name}' has the key '{SafetensorsRules.Printable(key)}'. Known: 'data_offsets', 'dtype', 'shape'."),
            };
            if (!isFirst)
            {
                throw Fault($"Tensor '{name}' has the key '{key}' twice.");
            }

            switch (key)
            {
                case "dtype":
                    Expect(reader.TokenType, JsonTokenType.String, $"the dtype of tensor '{name}'");
                    dtype = Text(ref reader);
                    break;
                case "shape":
                    shape = ReadIntegers(ref reader, $"the shape of tensor '{name}'", SafetensorsRules.MaxDims);
                    break;
                default:
                    offsets = ReadIntegers(ref reader, $"the data_offsets of tensor '{name}'", 2);
                    break;
            }
        }

        if (dtype is null || shape is null || offsets is null)
        {
            var missing = dtype is null ? "dtype" : shape is null ? "shape" : "data_offsets";
            throw Fault($"Tensor '{name}' has no '{missing}'; it must have 'data_offsets', 'dtype' and 'shape'.");
        }

        AddTensor(name, dtype, shape, offsets);
    }

    private void AddTensor(string name, string dtype, List<long> shape, List<long> offsets)
    {
        if (SafetensorsRules.FaultOfShape(name, dtype, shape, out var bytes) is { } shapeFault)
        {
            throw Fault(shapeFault);
        }

        if (offsets is not [>= 0 and var begin, var end] || end < begin)
        {
            throw Fault($"Tensor '{name}' has the data_offsets '[{string.Join(", ", offsets)}]' but they must be [begin, end] with 0 <= begin <= end.");
        }

        if (end - begin != bytes)
        {
            throw Fault($"Tensor '{name}' has {end - begin} bytes but {dtype} of shape [{string.Join(", ", shape)}] needs {bytes}.");
        }

        if (!_byName.TryAdd(name, new SafetensorsEntry(name, dtype, shape.AsReadOnly(), begin, bytes)))
        {
            throw Fault($"The header has the tensor '{name}' twice.");
        }
    }

    private List<long> ReadIntegers(ref Utf8JsonReader reader, string what, int atMost)
    {
        Expect(reader.TokenType, JsonTokenType.StartArray, what);
        var values = new List<long>();
        while (reader.Read() && reader.TokenType != JsonTokenType.EndArray)
        {
            if (reader.TokenType != JsonTokenType.Number || !reader.TryGetInt64(out var value))
            {
                throw Fault($"An item in {what} is not an integer below 2^63.");
            }

            if (values.Count == atMost)
            {
                throw Fault($"There are more than {atMost} items in {what}.");
            }

            values.Add(value);
        }

        return values;
    }

    /// <summary>Every byte of the data belongs to exactly one tensor, so no file hides anything in a gap or an overlap.</summary>
    private void CheckLayout(long dataBytes)
    {
        // Empty tensors share a begin with the tensor after them; their end sorts them first.
        Entries = [.. _byName.Values.OrderBy(entry => entry.Offset).ThenBy(entry => entry.Length)];
        var end = 0L;
        foreach (var entry in Entries)
        {
            if (entry.Offset > end)
            {
                throw Fault($"Bytes {end} to {entry.Offset} of the data, before tensor '{entry.Name}', belong to no tensor.");
            }

            if (entry.Offset < end)
            {
                throw Fault($"Tensor '{entry.Name}' begins at byte {entry.Offset} of the data, inside the tensor before it, which ends at {end}.");
            }

            end += entry.Length;
        }

        if (end != dataBytes)
        {
            throw Fault(end > dataBytes
                ? $"The tensors need {end} bytes of data but the file has {dataBytes}; it is cut short, so copy or download it again."
                : $"The file has {dataBytes} bytes of data but the tensors end at {end}; nothing may follow them.");
        }
    }

    private string Text(ref Utf8JsonReader reader)
    {
        try
        {
            return reader.GetString()!;
        }
        catch (InvalidOperationException exception)
        {
            // The text is UTF-8, so this is an escape such as \ud800 without its second half.
            throw new CheckpointException(_path, "A string in the header holds half a surrogate pair.", exception);
        }
    }

    private void Expect(JsonTokenType found, JsonTokenType expected, string what)
    {
        if (found != expected)
        {
            throw Fault($"In {what} stands a JSON '{found}' where a '{expected}' must be.");
        }
    }

    private CheckpointException Fault(string message)
    {
        return new CheckpointException(_path, message);
    }
}
