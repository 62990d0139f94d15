namespace Granary.Cluster.Grains;

/// <summary>The ranks of a generation that have come. What one said first stands: others may have started with it.</summary>
internal sealed record GenerationState
{
    public IReadOnlyList<GenerationMember> Members { get; init; } = [];

    /// <summary>Lets a rank in.</summary>
    public GenerationState Join(GenerationMember member)
    {
        return Members.Any(present => present.Rank == member.Rank)
            ? this
            : this with { Members = [.. Members.Append(member with { Progress = null }).OrderBy(present => present.Rank)] };
    }
}
