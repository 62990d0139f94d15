using System.Text.Json.Serialization;

namespace Granary.Data.Shards;

/// <summary>The manifest's types as they are known when the program is compiled: a big manifest is read at once, without reflection.</summary>
[JsonSerializable(typeof(ShardManifest))]
internal sealed partial class ShardManifestJson : JsonSerializerContext;
