using System.Text.Json;
using Granary.Core;
using Granary.Core.Files;

namespace Granary.Pipelines.Corpus.Splits;

/// <summary>How a corpus falls into splits, in a file for all who work on them.</summary>
/// <param name="Identity">The SHA-256 of everything that decides the ids of the splits.</param>
/// <param name="Splits">The splits, in the order of reading.</param>
public sealed record SplitTable(string Identity, IReadOnlyList<CorpusSplit> Splits)
{
    /// <summary>The name of the file.</summary>
    public const string FileName = "splits.json";

    private static readonly JsonSerializerOptions Json = new()
    {
        PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower,
        RespectNullableAnnotations = true,
        RespectRequiredConstructorParameters = true,
    };

    /// <summary>Reads the file.</summary>
    /// <exception cref="CorpusException">It is missing or cannot be read.</exception>
    public static SplitTable Load(string path)
    {
        try
        {
            return JsonSerializer.Deserialize<SplitTable>(File.ReadAllBytes(path), Json)!;
        }
        catch (Exception exception) when (exception is IOException or JsonException)
        {
            throw new CorpusException(path, "There is no table of splits here that can be read. Run the stage that makes it again.", inner: exception);
        }
    }

    /// <summary>Publishes the file.</summary>
    public void Save(string path)
    {
        AtomicFile.Write(path, stream => JsonSerializer.Serialize(stream, this, Json));
    }
}
