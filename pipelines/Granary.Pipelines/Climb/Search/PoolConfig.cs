using Granary.Core.Configuration;
using Granary.Pipelines.Climb.Mixtures;

namespace Granary.Pipelines.Climb.Search;

/// <summary>The mixtures that a predictor looks through for the later rounds and the final choice. What is not set follows the preset.</summary>
public sealed record PoolConfig : IConfigSection
{
    private readonly int? _size;
    private readonly bool? _isFresh;
    private readonly bool? _excludesMeasured;
    private readonly double? _local;
    private readonly int? _localBest;
    private readonly IReadOnlyList<double>? _localStrength;
    private readonly SamplingConfig _sampling = new();

    /// <summary>How many. CLIMB's code looks through 100,000.</summary>
    public int Size
    {
        get => _size ?? Fallback.Size;
        init => _size = value;
    }

    /// <summary>How they are drawn; <c>oversample</c> does not apply.</summary>
    public SamplingConfig Sampling
    {
        get => _sampling with { Fallback = Fallback.Sampling };
        init => _sampling = value;
    }

    /// <summary>Whether each round draws others; false looks through the same ones again.</summary>
    public bool Fresh
    {
        get => _isFresh ?? Fallback.Fresh;
        init => _isFresh = value;
    }

    /// <summary>Whether mixtures that nearly equal a measured one are passed over.</summary>
    public bool ExcludeMeasured
    {
        get => _excludesMeasured ?? Fallback.ExcludeMeasured;
        init => _excludesMeasured = value;
    }

    /// <summary>The share of the pool that is drawn around the best measured mixtures, with a predictor that is smooth; 0 for none. With one made of steps there are none.</summary>
    public double Local
    {
        get => _local ?? Fallback.Local;
        init => _local = value;
    }

    /// <summary>How many of the best measured mixtures local ones are drawn around.</summary>
    public int LocalBest
    {
        get => _localBest ?? Fallback.LocalBest;
        init => _localBest = value;
    }

    /// <summary>The least and the greatest concentration of local draws.</summary>
    public IReadOnlyList<double> LocalStrength
    {
        get => _localStrength ?? Fallback.LocalStrength;
        init => _localStrength = value;
    }

    /// <summary>What holds for keys that are not set.</summary>
    internal PoolDefaults Fallback { get; init; } = PoolDefaults.Robust;

    /// <inheritdoc/>
    public void Validate(string path, ConfigurationErrors errors)
    {
        ArgumentNullException.ThrowIfNull(errors);
        errors.Require(Size is >= 100 and <= 10_000_000, $"{path}.size", Size, "from 100 to 10,000,000");
        Sampling.Validate($"{path}.sampling", errors);
        errors.Require(Local is >= 0 and <= 1, $"{path}.local", Local, "from 0 to 1");
        errors.Require(LocalBest >= 1, $"{path}.local_best", LocalBest, "1 or more");
        errors.Require(LocalStrength is [> 0, > 0] && LocalStrength[0] <= LocalStrength[1], $"{path}.local_strength", string.Join(", ", LocalStrength), "two numbers greater than 0, the lesser first");
    }
}
