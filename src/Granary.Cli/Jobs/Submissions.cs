using System.Collections;
using System.Text.Json.Nodes;
using Granary.Cluster.Submission;

namespace Granary.Cli.Jobs;

/// <summary>What the commands around submitted jobs share.</summary>
internal static class Submissions
{
    /// <summary>A desk in this process' environment.</summary>
    internal static SubmissionDesk Desk(TimeProvider time)
    {
        return new SubmissionDesk(Variables(), time);
    }

    /// <summary>This process' environment.</summary>
    internal static Dictionary<string, string> Variables()
    {
        return Environment.GetEnvironmentVariables().Cast<DictionaryEntry>().ToDictionary(pair => (string)pair.Key, pair => (string?)pair.Value ?? string.Empty);
    }

    /// <summary>A word for where a job stands.</summary>
    internal static string Word(SubmittedState state) => state.ToString().ToLowerInvariant();

    /// <summary>A job and, where they were asked for, where its parts stand.</summary>
    internal static JsonObject Json(SubmittedJob job, IReadOnlyList<PartReport>? reports)
    {
        var json = new JsonObject
        {
            ["name"] = job.Name,
            ["to"] = job.To,
            ["operation"] = job.Operation,
            ["submitted"] = job.Submitted.ToString("O"),
            ["folder"] = job.RunFolder,
        };
        if (reports is not null)
        {
            json["state"] = Word(SubmissionDesk.Sum(reports).State);
        }

        json["parts"] = new JsonArray([.. job.Parts.Select((part, i) => (JsonNode)Json(part, reports?[i]))]);
        return json;
    }

    private static JsonObject Json(SubmittedPart part, PartReport? report)
    {
        var json = new JsonObject { ["name"] = part.Name, ["id"] = part.Id };
        if (report is not null)
        {
            json["state"] = Word(report.State);
            json["detail"] = report.Detail;
        }

        return json;
    }
}
