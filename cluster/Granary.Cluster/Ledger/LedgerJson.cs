using System.Text.Json;
using System.Text.Json.Serialization;

namespace Granary.Cluster.Ledger;

/// <summary>How columns that hold JSON are written: names in snake_case, enumerations as words. What a later version added is passed over.</summary>
internal static class LedgerJson
{
    private static readonly JsonSerializerOptions Options = new()
    {
        PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower,
        DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
        Converters = { new JsonStringEnumConverter(JsonNamingPolicy.SnakeCaseLower) },
    };

    public static string Write<T>(T value)
    {
        return JsonSerializer.Serialize(value, Options);
    }

    public static T Read<T>(string json)
    {
        return JsonSerializer.Deserialize<T>(json, Options) ?? throw new JsonException($"A column that must hold a {typeof(T).Name} holds 'null'.");
    }

    /// <summary>An enumeration's value as the word that stands in a column.</summary>
    public static string Word<T>(T value)
        where T : struct, Enum
    {
        return JsonNamingPolicy.SnakeCaseLower.ConvertName(value.ToString());
    }

    public static T ReadWord<T>(string word)
        where T : struct, Enum
    {
        return Enum.Parse<T>(word, ignoreCase: true);
    }
}
