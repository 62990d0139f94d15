namespace Granary.Pipelines.Climb.Search;

/// <summary>A point of a trial's training curve.</summary>
/// <param name="Tokens">Tokens trained on so far.</param>
/// <param name="Loss">Nats a token of the steps since the point before.</param>
public readonly record struct CurvePoint(long Tokens, double Loss);
