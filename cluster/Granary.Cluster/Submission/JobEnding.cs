using System.Globalization;
using System.Text.Json;
using System.Text.Json.Serialization;
using Granary.Cluster.Protocol;
using Granary.Core.Files;

namespace Granary.Cluster.Submission;

/// <summary>How a part's own process ended, in its own words; remains when its scheduler has forgotten it.</summary>
/// <param name="ExitCode">The exit code of the work.</param>
/// <param name="At">When.</param>
public sealed record JobEnding(int ExitCode, DateTimeOffset At)
{
    private const int Interrupted = 130;

    /// <summary>The same as where a part stands.</summary>
    [JsonIgnore]
    public PartReport Report => ExitCode switch
    {
        0 => new PartReport(SubmittedState.Done, string.Empty),
        Interrupted => new PartReport(SubmittedState.Cancelled, "interrupted and saved"),
        _ => new PartReport(SubmittedState.Failed, string.Create(CultureInfo.InvariantCulture, $"exit code {ExitCode}")),
    };

    /// <summary>Reads how a part ended; null where its process has not said.</summary>
    public static JobEnding? Read(string folder, string part)
    {
        var path = PathOf(folder, part);
        return File.Exists(path) ? JsonSerializer.Deserialize<JobEnding>(File.ReadAllBytes(path), WireJson.Options) : null;
    }

    /// <summary>Takes back what an earlier attempt said.</summary>
    public static void Clear(string folder, string part)
    {
        File.Delete(PathOf(folder, part));
    }

    /// <summary>Writes how a part ended.</summary>
    public void Write(string folder, string part)
    {
        AtomicFile.WriteText(PathOf(folder, part), JsonSerializer.Serialize(this, WireJson.Options));
    }

    private static string PathOf(string folder, string part) => Path.Combine(folder, $"{part}.ending.json");
}
