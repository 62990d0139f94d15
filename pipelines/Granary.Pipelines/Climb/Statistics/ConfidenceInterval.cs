namespace Granary.Pipelines.Climb.Statistics;

/// <summary>A mean with the interval that holds the true one 19 times in 20; its ends are NaN where a single number tells of none.</summary>
/// <param name="Mean">The mean.</param>
/// <param name="Low">The lower end.</param>
/// <param name="High">The upper end.</param>
public sealed record ConfidenceInterval(double Mean, double Low, double High);
