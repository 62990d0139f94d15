using System.Text.Json;
using System.Text.Json.Serialization;

namespace Granary.Data.Shards;

/// <summary>Reads a bucket's shards out of a manifest in one loop: there may be a hundred thousand of them.</summary>
internal sealed class ShardEntriesConverter : JsonConverter<IReadOnlyList<ShardEntry>>
{
    private const int AllFields = 0b1111;

    public override IReadOnlyList<ShardEntry> Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options)
    {
        Require(reader.TokenType == JsonTokenType.StartArray);
        var entries = new List<ShardEntry>();
        while (reader.Read() && reader.TokenType != JsonTokenType.EndArray)
        {
            entries.Add(ReadEntry(ref reader));
        }

        return entries;
    }

    public override void Write(Utf8JsonWriter writer, IReadOnlyList<ShardEntry> value, JsonSerializerOptions options)
    {
        writer.WriteStartArray();
        foreach (var entry in value)
        {
            writer.WriteStartObject();
            writer.WriteString("file"u8, entry.File);
            writer.WriteNumber("rows"u8, entry.Rows);
            writer.WriteNumber("bytes"u8, entry.Bytes);
            writer.WriteString("sha256"u8, entry.Sha256);
            writer.WriteEndObject();
        }

        writer.WriteEndArray();
    }

    private static ShardEntry ReadEntry(ref Utf8JsonReader reader)
    {
        Require(reader.TokenType == JsonTokenType.StartObject);
        var (file, rows, bytes, sha256, seen) = (string.Empty, 0L, 0L, string.Empty, 0);
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            if (reader.ValueTextEquals("file"u8))
            {
                file = ReadString(ref reader);
                seen |= 1;
            }
            else if (reader.ValueTextEquals("rows"u8))
            {
                rows = ReadNumber(ref reader);
                seen |= 2;
            }
            else if (reader.ValueTextEquals("bytes"u8))
            {
                bytes = ReadNumber(ref reader);
                seen |= 4;
            }
            else if (reader.ValueTextEquals("sha256"u8))
            {
                sha256 = ReadString(ref reader);
                seen |= 8;
            }
            else
            {
                throw new JsonException();
            }
        }

        Require(seen == AllFields);
        return new ShardEntry { File = file, Rows = rows, Bytes = bytes, Sha256 = sha256 };
    }

    private static string ReadString(ref Utf8JsonReader reader)
    {
        Require(reader.Read() && reader.TokenType == JsonTokenType.String);
        return reader.GetString()!;
    }

    private static long ReadNumber(ref Utf8JsonReader reader)
    {
        Require(reader.Read() && reader.TokenType == JsonTokenType.Number);
        return reader.TryGetInt64(out var number) ? number : throw new JsonException();
    }

    private static void Require(bool condition)
    {
        if (!condition)
        {
            // The serializer adds the place.
            throw new JsonException();
        }
    }
}
