using System.Text.Json.Serialization;

namespace Granary.Cluster.Submission;

/// <summary>Where a part of a submitted job stands.</summary>
/// <param name="State">Where it stands.</param>
/// <param name="Detail">The same in the words of who runs it; may be empty.</param>
public sealed record PartReport(SubmittedState State, string Detail)
{
    /// <summary>Whether nothing will change any more.</summary>
    [JsonIgnore]
    public bool IsFinal => State is SubmittedState.Done or SubmittedState.Failed or SubmittedState.Cancelled;
}
