using System.Text.Json;
using Granary.Core;
using Granary.Core.Files;

namespace Granary.Cli.Stages;

/// <summary>How many steps a run takes, worked out once and kept, so that a resumed run has the same schedule and order.</summary>
/// <param name="TotalSteps">Steps of the run.</param>
/// <param name="MaxTokensPerPass">The limit that makes the curriculum's cycles fill exactly these steps; 0 for none.</param>
/// <param name="Shards">The hash of the shards the plan is for.</param>
/// <param name="Sequence">The schedules of ranks that share rows, as parallel.sequence_parallel names them; null where none do.</param>
internal sealed record TrainingPlan(long TotalSteps, long MaxTokensPerPass, string Shards, string? Sequence = null)
{
    internal const string FileName = "plan.json";

    private static readonly JsonSerializerOptions Options = new()
    {
        PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower,
        WriteIndented = true,
        RespectNullableAnnotations = true,
        RespectRequiredConstructorParameters = true,
    };

    /// <summary>The plan in a file, or null where there is none yet.</summary>
    /// <exception cref="CorpusException">The file is damaged.</exception>
    internal static TrainingPlan? Find(string path)
    {
        if (!File.Exists(path))
        {
            return null;
        }

        try
        {
            return JsonSerializer.Deserialize<TrainingPlan>(File.ReadAllBytes(path), Options) is { TotalSteps: > 0, MaxTokensPerPass: >= 0 } plan
                ? plan
                : throw new JsonException("it names no steps");
        }
        catch (JsonException exception)
        {
            throw new CorpusException(path, $"The run's plan cannot be read: {exception.Message.TrimEnd('.')}. Restore it, or start the run anew under another name.", inner: exception);
        }
    }

    /// <summary>The plan that a rank has told the others; null where it has none.</summary>
    internal static TrainingPlan? FromJson(string json)
    {
        return json.Length == 0 ? null : JsonSerializer.Deserialize<TrainingPlan>(json, Options);
    }

    /// <summary>The plan as its file has it.</summary>
    internal string ToJson()
    {
        return JsonSerializer.Serialize(this, Options);
    }

    /// <summary>Writes the plan.</summary>
    internal void Publish(string path)
    {
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        AtomicFile.WriteText(path, ToJson());
    }
}
