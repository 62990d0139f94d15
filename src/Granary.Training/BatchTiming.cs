namespace Granary.Training;

/// <summary>What some training steps took.</summary>
/// <param name="Seconds">Loading, forward, backward and update of all of them.</param>
/// <param name="LoadSeconds">Of those, waiting for the batches.</param>
/// <param name="Tokens">Positions in all of them.</param>
/// <param name="MeanContext">Positions that a position sees in front of it, on average.</param>
public sealed record BatchTiming(double Seconds, double LoadSeconds, long Tokens, double MeanContext);
