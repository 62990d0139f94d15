using System.Text.Json;
using Granary.Cluster.Protocol;

namespace Granary.Cluster.Host.Endpoints;

/// <summary>Makes the framework read and write JSON as the wire has it.</summary>
internal static class WireFormat
{
    /// <summary>The framework hands its options out ready made, so that all that <see cref="WireJson"/> decides is copied.</summary>
    internal static void CopyTo(JsonSerializerOptions options)
    {
        var wire = WireJson.Options;
        options.PropertyNamingPolicy = wire.PropertyNamingPolicy;
        options.DictionaryKeyPolicy = wire.DictionaryKeyPolicy;
        options.RespectNullableAnnotations = wire.RespectNullableAnnotations;
        options.RespectRequiredConstructorParameters = wire.RespectRequiredConstructorParameters;
        options.UnmappedMemberHandling = wire.UnmappedMemberHandling;
        options.MaxDepth = wire.MaxDepth;
        foreach (var converter in wire.Converters)
        {
            options.Converters.Add(converter);
        }
    }
}
