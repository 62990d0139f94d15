using Granary.Core.Configuration;

namespace Granary.Pipelines.Climb.Simulation;

/// <summary>A simulation: which world, how many trials and searches.</summary>
public sealed record SimulationConfig : IConfigSection
{
    /// <summary>The name of the world of formulas.</summary>
    public const string Analytic = "analytic";

    /// <summary>The name of the world of Markov chains and counting models.</summary>
    public const string Markov = "markov";

    /// <summary>The world. Default markov.</summary>
    public string World { get; init; } = Markov;

    /// <summary>Components. Default 8.</summary>
    public int Components { get; init; } = 8;

    /// <summary>Trials of a search, finalists included. Default 112.</summary>
    public int Evaluations { get; init; } = 112;

    /// <summary>Searches of each method, each in a world of its own. Default 10.</summary>
    public int Seeds { get; init; } = 10;

    /// <summary>The standard deviation of a trial's score in the analytic world. Default 0.</summary>
    public double Noise { get; init; }

    /// <summary>Symbols that a trial of the Markov world trains on. Default 60,000.</summary>
    public int Symbols { get; init; } = 60_000;

    /// <summary>Weights are multiples of it, but for methods from files, which say their own. Default 2e-3.</summary>
    public double MinWeight { get; init; } = 2e-3;

    /// <inheritdoc/>
    public void Validate(string path, ConfigurationErrors errors)
    {
        ArgumentNullException.ThrowIfNull(errors);
        errors.Require(World is Analytic or Markov, $"{path}world", World, $"'{Analytic}' or '{Markov}'");
        errors.Require(Components is >= 4 and <= 100, $"{path}components", Components, "from 4 to 100");
        errors.Require(Evaluations >= 1, $"{path}evaluations", Evaluations, "1 or more");
        errors.Require(Seeds >= 1, $"{path}seeds", Seeds, "1 or more");
        errors.Require(Noise >= 0, $"{path}noise", Noise, "0 or more");
        errors.Require(Symbols is >= 1_024 and <= 10_000_000, $"{path}symbols", Symbols, "from 1,024 to 10,000,000");
        errors.Require(MinWeight is >= 1e-6 and <= 0.1, $"{path}min_weight", MinWeight, "from 1e-6 to 0.1");
    }
}
