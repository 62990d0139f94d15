using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace Granary.Cluster.Submission.Kubernetes;

/// <summary>Reads from a Job or JobSet where it stands.</summary>
internal static class KubernetesStates
{
    /// <summary>What the object says of itself, as JSON.</summary>
    public static PartReport Read(string json)
    {
        try
        {
            return Read(JsonNode.Parse(json)?["status"]);
        }
        catch (Exception exception) when (exception is JsonException or InvalidOperationException or FormatException)
        {
            return new PartReport(SubmittedState.Unknown, "kubectl's answer cannot be read");
        }
    }

    private static PartReport Read(JsonNode? status)
    {
        var holding = status?["conditions"]?.AsArray().Where(condition => (string?)condition?["status"] == "True").ToList() ?? [];
        if (Find(holding, "Failed") is { } failed)
        {
            return new PartReport(SubmittedState.Failed, $"{(string?)failed["reason"]}: {(string?)failed["message"]}");
        }

        if ((Find(holding, "Complete") ?? Find(holding, "Completed")) is not null)
        {
            return new PartReport(SubmittedState.Done, string.Empty);
        }

        // A JobSet counts its jobs' pods, one job each.
        var jobs = status?["replicatedJobsStatus"]?.AsArray() ?? [];
        var active = (int?)status?["active"] ?? jobs.Sum(job => (int?)job?["active"] ?? 0);
        var restarts = (int?)status?["restarts"] ?? (int?)status?["failed"] ?? 0;
        var detail = string.Create(CultureInfo.InvariantCulture, $"{active} active{(restarts > 0 ? $", {restarts} failures" : string.Empty)}");
        return new PartReport(active > 0 ? SubmittedState.Running : SubmittedState.Queued, detail);
    }

    private static JsonNode? Find(List<JsonNode?> conditions, string type)
    {
        return conditions.Find(condition => (string?)condition?["type"] == type);
    }
}
