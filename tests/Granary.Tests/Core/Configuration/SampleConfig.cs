namespace Granary.Core.Configuration.Tests;

/// <summary>A configuration with every kind of value, for the tests of this folder.</summary>
internal sealed record SampleConfig : IConfigSection
{
    public required string Name { get; init; }

    public int NumAttentionHeads { get; init; } = 4;

    public long TotalTokens { get; init; } = 1_000;

    public double Rate { get; init; } = 3e-4;

    public double? Clip { get; init; }

    public bool Deterministic { get; init; }

    public TimeSpan LeaseTime { get; init; } = TimeSpan.FromSeconds(30);

    public SampleColour Colour { get; init; } = SampleColour.DarkRed;

    public string? Note { get; init; }

    public IReadOnlyList<int> Sizes { get; init; } = [1, 2];

    public string[] Words { get; init; } = [];

    public IReadOnlyDictionary<string, double> Weights { get; init; } = new Dictionary<string, double>();

    public SampleScheduleConfig Schedule { get; init; } = new LinearSampleConfig { Peak = 0.5 };

    public IReadOnlyList<SampleScheduleConfig> Stages { get; init; } = [];

    public SampleNestedConfig Nested { get; init; } = new() { Depth = 7 };

    public SampleNestedConfig? Optional { get; init; }

    /// <summary>Derived, so it is no key.</summary>
    public int Doubled => NumAttentionHeads * 2;

    public void Validate(string path, ConfigurationErrors errors)
    {
        errors.Require(NumAttentionHeads > 0, $"{path}.num_attention_heads", NumAttentionHeads, "greater than 0");
        errors.Require(Rate > 0, $"{path}.rate", Rate, "greater than 0");
        Schedule.Validate($"{path}.schedule", errors);
    }
}

internal enum SampleColour
{
    DarkRed,
    Blue,
}

internal sealed record SampleNestedConfig : IConfigSection
{
    public int Depth { get; init; } = 1;

    public string Label { get; init; } = "plain";

    public void Validate(string path, ConfigurationErrors errors)
    {
    }
}

[ConfigVariant("linear", typeof(LinearSampleConfig))]
[ConfigVariant("step", typeof(StepSampleConfig))]
internal abstract record SampleScheduleConfig : IConfigSection
{
    public int WarmupSteps { get; init; }

    public virtual void Validate(string path, ConfigurationErrors errors)
    {
        errors.Require(WarmupSteps >= 0, $"{path}.warmup_steps", WarmupSteps, "0 or more");
    }
}

internal sealed record LinearSampleConfig : SampleScheduleConfig
{
    public double Peak { get; init; } = 1;
}

internal sealed record StepSampleConfig : SampleScheduleConfig
{
    public required int Every { get; init; }
}

/// <summary>A variant that its base does not name.</summary>
internal sealed record LateSampleConfig : SampleScheduleConfig
{
    public int Delay { get; init; }
}
