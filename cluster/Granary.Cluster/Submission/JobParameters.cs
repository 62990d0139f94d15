using System.Text.Json;
using Granary.Cluster.Protocol;

namespace Granary.Cluster.Submission;

/// <summary>What a job's own process must know: a file that only its user may read, named to `granary job`.</summary>
public sealed record JobParameters
{
    private static readonly JsonSerializerOptions Json = new(WireJson.Options) { WriteIndented = true };

    /// <summary>Who starts the process: local or slurm.</summary>
    public required string To { get; init; }

    /// <summary>The run's name.</summary>
    public required string Run { get; init; }

    /// <summary>The part of the job that it is.</summary>
    public required string Part { get; init; }

    /// <summary>This program's file and what comes before its own arguments.</summary>
    public required IReadOnlyList<string> Program { get; init; }

    /// <summary>What stands behind `granary`.</summary>
    public required IReadOnlyList<string> Arguments { get; init; }

    /// <summary>The folder of the submission, where the process leaves how it ended.</summary>
    public required string Folder { get; init; }

    /// <summary>Variables for the environment.</summary>
    public IReadOnlyDictionary<string, string> Environment { get; init; } = new Dictionary<string, string>();

    /// <summary>Tasks that Slurm starts.</summary>
    public int Tasks { get; init; } = 1;

    /// <summary>Cores of each of them.</summary>
    public int CpusPerTask { get; init; } = 1;

    /// <summary>Attempts behind the first.</summary>
    public int MaxRestarts { get; init; }

    /// <summary>Where the parameters of a part lie.</summary>
    public static string PathOf(string folder, string part) => Path.Combine(folder, $"{part}.parameters.json");

    /// <summary>Where what a part prints goes; a task of an array has its number in the name.</summary>
    public static string LogPathOf(string folder, string part) => Path.Combine(folder, $"{part}.log");

    /// <summary>Reads a file of parameters.</summary>
    /// <exception cref="SubmissionException">The file cannot be read.</exception>
    public static JobParameters Read(string path)
    {
        try
        {
            return JsonSerializer.Deserialize<JobParameters>(File.ReadAllBytes(path), Json)!;
        }
        catch (Exception exception) when (exception is JsonException or IOException or UnauthorizedAccessException)
        {
            throw new SubmissionException(path, $"The parameters of a job, '{path}', cannot be read ({exception.Message}). `granary submit` writes the file; submit the run again.");
        }
    }

    /// <summary>Writes the file; nobody but the user may read it.</summary>
    public void Write()
    {
        using var file = JobFolder.CreateFile(PathOf(Folder, Part));
        JsonSerializer.Serialize(file, this, Json);
        file.Flush(flushToDisk: true);
    }
}
