using Granary.Core.Configuration;

namespace Granary.Pipelines.Climb.Search;

/// <summary>How many of the best predicted mixtures the M of a round are picked from, at random. What is not set follows the preset.</summary>
public sealed record TopConfig : IConfigSection
{
    private readonly double? _multiple;
    private readonly bool? _isSquared;
    private readonly int? _atLeast;

    /// <summary>As a multiple of M. 1 takes exactly the best.</summary>
    public double Multiple
    {
        get => _multiple ?? Fallback.Multiple;
        init => _multiple = value;
    }

    /// <summary>Whether it is a multiple of M x M in place of M, of a pool of 100,000 and in proportion of another, as in the curator's code.</summary>
    public bool Squared
    {
        get => _isSquared ?? Fallback.Squared;
        init => _isSquared = value;
    }

    /// <summary>At least so many, of a pool of 100,000 and in proportion of another; never fewer than M.</summary>
    public int AtLeast
    {
        get => _atLeast ?? Fallback.AtLeast;
        init => _atLeast = value;
    }

    /// <summary>What holds for keys that are not set.</summary>
    internal TopDefaults Fallback { get; init; } = TopDefaults.Best;

    /// <inheritdoc/>
    public void Validate(string path, ConfigurationErrors errors)
    {
        ArgumentNullException.ThrowIfNull(errors);
        errors.Require(Multiple > 0, $"{path}.multiple", Multiple, "greater than 0");
        errors.Require(AtLeast >= 0, $"{path}.at_least", AtLeast, "0 or more");
    }

    /// <summary>The number for a round of <paramref name="trials"/> over a pool.</summary>
    internal int CountFor(int trials, int pool)
    {
        var scale = pool / 100_000.0;
        var wanted = Squared ? Multiple * trials * trials * scale : Multiple * trials;
        return (int)Math.Min(pool, Math.Max(trials, Math.Max(Math.Round(wanted), Math.Round(AtLeast * scale))));
    }
}
