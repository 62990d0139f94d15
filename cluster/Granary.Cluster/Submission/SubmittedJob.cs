using System.Text.Json;
using System.Text.Json.Serialization;
using Granary.Cluster.Protocol;
using Granary.Core.Files;

namespace Granary.Cluster.Submission;

/// <summary>What is remembered of a run that was handed over: the file job.json in the run's folder.</summary>
public sealed record SubmittedJob
{
    /// <summary>The file's name.</summary>
    public const string FileName = "job.json";

    private static readonly JsonSerializerOptions Json = new(WireJson.Options) { WriteIndented = true };

    /// <summary>The run's name.</summary>
    public required string Name { get; init; }

    /// <summary>The operation's id: written down before anything is handed over, and carried by every part of the job.</summary>
    public required string Operation { get; init; }

    /// <summary>Where to: local, slurm, kubernetes, or a coordinator's address.</summary>
    public required string To { get; init; }

    /// <summary>SHA-256 of the resolved configuration.</summary>
    public required string Configuration { get; init; }

    /// <summary>When.</summary>
    public required DateTimeOffset Submitted { get; init; }

    /// <summary>The parts in the order in which they run.</summary>
    public IReadOnlyList<SubmittedPart> Parts { get; init; } = [];

    /// <summary>The parts that were, or may have been, handed over.</summary>
    public IReadOnlyList<string> Intended { get; init; } = [];

    /// <summary>The run's folder, where the file was found.</summary>
    [JsonIgnore]
    public string RunFolder { get; init; } = string.Empty;

    /// <summary>The folder of what this submission needs and leaves.</summary>
    [JsonIgnore]
    public string Folder => Path.Combine(RunFolder, "jobs", Operation);

    /// <summary>Reads a run's record; null where the run was never handed over.</summary>
    /// <exception cref="SubmissionException">The file is damaged.</exception>
    public static SubmittedJob? Read(string runFolder)
    {
        var path = Path.Combine(runFolder, FileName);
        if (!File.Exists(path))
        {
            return null;
        }

        try
        {
            return JsonSerializer.Deserialize<SubmittedJob>(File.ReadAllBytes(path), Json)! with { RunFolder = runFolder };
        }
        catch (JsonException exception)
        {
            throw new SubmissionException(Path.GetFileName(runFolder), $"'{path}' cannot be read ({exception.Message}). Look after the job by its scheduler's own commands and remove the file.");
        }
    }

    /// <summary>Writes the record into the run's folder.</summary>
    public void Write()
    {
        AtomicFile.WriteText(Path.Combine(RunFolder, FileName), JsonSerializer.Serialize(this, Json));
    }

    /// <summary>The record with one part replaced.</summary>
    internal SubmittedJob With(SubmittedPart part)
    {
        return this with { Parts = [.. Parts.Select(known => known.Name == part.Name ? part : known)] };
    }
}
