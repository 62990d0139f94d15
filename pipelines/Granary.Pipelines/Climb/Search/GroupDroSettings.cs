namespace Granary.Pipelines.Climb.Search;

/// <summary>How a trial's own mixture follows its excess loss (DoReMi, arXiv 2305.10429).</summary>
/// <param name="StepSize">How far it moves a step: log w grows by it times the excess loss.</param>
/// <param name="Smoothing">The share that is spread evenly over all components after each step.</param>
public sealed record GroupDroSettings(double StepSize, double Smoothing);
