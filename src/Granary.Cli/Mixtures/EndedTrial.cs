using Granary.Pipelines.Climb.Search;

namespace Granary.Cli.Mixtures;

/// <summary>A trial that ended, with what was expected of it.</summary>
/// <param name="Finished">The trial and its result.</param>
/// <param name="Predicted">What the round's predictor said it would score; NaN without one.</param>
internal sealed record EndedTrial(FinishedTrial Finished, double Predicted);
