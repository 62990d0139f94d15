namespace Granary.Cluster.Protocol;

/// <summary>What a job's own process printed, from a byte on to where it stood when it was asked for.</summary>
/// <param name="Text">The text, safe to show; its last line may not be whole.</param>
/// <param name="Next">The byte to go on from: behind the last whole line.</param>
public sealed record LogPart(string Text, long Next)
{
    /// <summary>The header that says from which byte on to ask for what a log gets later: behind its last whole line.</summary>
    public const string NextHeader = "Granary-Next";
}
