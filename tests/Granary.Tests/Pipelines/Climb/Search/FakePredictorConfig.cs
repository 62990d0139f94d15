using Granary.Core.Configuration;
using Granary.Core.Randomness;
using Granary.Pipelines.Climb.Predictors;

namespace Granary.Pipelines.Climb.Search.Tests;

/// <summary>A predictor that knows a formula, or nothing, and remembers what it was fitted to.</summary>
internal sealed record FakePredictorConfig : PredictorConfig
{
    static FakePredictorConfig()
    {
        ConfigVariants.Register<PredictorConfig, FakePredictorConfig>("fake");
    }

    public required Func<double[], double> Says { get; internal init; }

    /// <summary>Why it cannot be fitted; null where it can.</summary>
    public string? Fault { get; internal init; }

    public List<IReadOnlyList<double>> FittedTo { get; } = [];

    public override IMixturePredictor Build()
    {
        return new Predictor(this);
    }

    public override void Validate(string path, ConfigurationErrors errors)
    {
        // Every formula will do.
    }

    private sealed class Predictor(FakePredictorConfig config) : IMixturePredictor, IFittedPredictor
    {
        public string Name => "fake";

        public bool IsConstant => config.Says([1, 0, 0, 0]) == config.Says([0, 1, 0, 0]);

        public IFittedPredictor Fit(IReadOnlyList<double[]> mixtures, IReadOnlyList<double> scores, RandomKey key)
        {
            config.FittedTo.Add(scores);
            return config.Fault is { } fault ? throw new PredictorException(fault) : this;
        }

        public double[] Predict(IReadOnlyList<double[]> mixtures)
        {
            return [.. mixtures.Select(config.Says)];
        }

        public void Dispose()
        {
            // Nothing is held.
        }
    }
}
