namespace Granary.Pipelines.Climb.Report;

/// <summary>An attempt at a trial that ended without a result.</summary>
/// <param name="TrialId">The trial.</param>
/// <param name="Attempt">Which attempt it was, from 1.</param>
/// <param name="Reason">Why it ended, in a sentence.</param>
public sealed record FailedAttempt(string TrialId, int Attempt, string Reason);
