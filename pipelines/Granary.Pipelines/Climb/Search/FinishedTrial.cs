namespace Granary.Pipelines.Climb.Search;

/// <summary>A trial with its result.</summary>
/// <param name="Trial">What was run.</param>
/// <param name="Result">What came of it.</param>
public sealed record FinishedTrial(Trial Trial, TrialResult Result);
