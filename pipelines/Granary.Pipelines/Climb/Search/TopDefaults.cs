namespace Granary.Pipelines.Climb.Search;

/// <summary>What a preset says of how many are picked from.</summary>
internal sealed record TopDefaults(double Multiple, bool Squared, int AtLeast)
{
    /// <summary>Exactly as many as the round measures.</summary>
    public static TopDefaults Best { get; } = new(1, Squared: false, AtLeast: 0);

    /// <summary>The greater of M x M and 128, of 100,000.</summary>
    public static TopDefaults Curator { get; } = new(1, Squared: true, AtLeast: 128);
}
