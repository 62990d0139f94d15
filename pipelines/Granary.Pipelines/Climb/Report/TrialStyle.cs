using Granary.Pipelines.Climb.Report.Plots;
using Granary.Pipelines.Climb.Search;

namespace Granary.Pipelines.Climb.Report;

/// <summary>How trials of an origin look and what they are called, the same in all drawings.</summary>
/// <param name="Shape">Their mark.</param>
/// <param name="CssClass">Their colour, by its name in the page's style.</param>
/// <param name="Name">What people call them.</param>
internal sealed record TrialStyle(Shape Shape, string CssClass, string Name)
{
    internal static TrialStyle Of(TrialOrigin origin)
    {
        return origin switch
        {
            TrialOrigin.Drawn => new(Shape.Disc, "c1", "drawn at random"),
            TrialOrigin.Predicted => new(Shape.Diamond, "c2", "predicted to be good"),
            TrialOrigin.Local => new(Shape.Triangle, "c3", "drawn near the best"),
            TrialOrigin.Anchor => new(Shape.Square, "c4", "fixed, for the noise"),
            TrialOrigin.Vertex => new(Shape.Ring, "c6", "a single component"),
            TrialOrigin.Reference => new(Shape.Square, "c5", "reference"),
            TrialOrigin.Finalist => new(Shape.Star, "c5", "finalist, trained again"),
            _ => new(Shape.Disc, "c1", origin.ToString()),
        };
    }
}
