using System.Text.Json;
using Granary.Core.Files;

namespace Granary.Core.Runs;

/// <summary>
/// Which generation of ranks trains a run: the processes that were placed together and meet together. It stands in the run's
/// folder, where only the holder of the folder's claim writes it, before ranks of the generation are started.
/// </summary>
public sealed record RunGeneration
{
    /// <summary>The variable by which a rank knows its generation.</summary>
    public const string Variable = "GRANARY_GENERATION";

    private const string FileName = "generation.json";

    private static readonly JsonSerializerOptions Json = new()
    {
        PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower,
        WriteIndented = true,
        RespectNullableAnnotations = true,
    };

    /// <summary>Its number, from 1.</summary>
    public required int Number { get; init; }

    /// <summary>The dataset whose shards its ranks are.</summary>
    public required string Dataset { get; init; }

    /// <summary>Its ranks.</summary>
    public required int Ranks { get; init; }

    /// <summary>Steps that were done and saved when it was made.</summary>
    public long FromStep { get; init; }

    /// <summary>Generations in a row before it that failed without having saved a further step.</summary>
    public int Fruitless { get; init; }

    /// <summary>Generations in a row before it whose nodes were lost without a further step saved.</summary>
    public int Lost { get; init; }

    /// <summary>The generation of a run's folder; null where its ranks never were placed by generations.</summary>
    public static RunGeneration? Find(string runFolder)
    {
        var path = Path.Combine(runFolder, FileName);
        return File.Exists(path) ? JsonSerializer.Deserialize<RunGeneration>(File.ReadAllText(path), Json) : null;
    }

    /// <summary>Makes this the generation of a run's folder: all others are fenced from here on.</summary>
    public void Write(string runFolder)
    {
        AtomicFile.WriteText(Path.Combine(runFolder, FileName), JsonSerializer.Serialize(this, Json));
    }
}
