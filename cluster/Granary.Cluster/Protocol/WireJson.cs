using System.Text.Json;
using System.Text.Json.Serialization;

namespace Granary.Cluster.Protocol;

/// <summary>How what goes over the wire is written as JSON.</summary>
public static class WireJson
{
    /// <summary>Names in snake_case, enumerations as words, nothing unknown, nothing missing, no more than 32 levels.</summary>
    public static JsonSerializerOptions Options { get; } = new(JsonSerializerDefaults.Web)
    {
        PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower,
        DictionaryKeyPolicy = null,
        RespectNullableAnnotations = true,
        RespectRequiredConstructorParameters = true,
        UnmappedMemberHandling = JsonUnmappedMemberHandling.Disallow,
        MaxDepth = 32,
        Converters = { new JsonStringEnumConverter(JsonNamingPolicy.SnakeCaseLower) },
    };
}
