namespace Granary.Pipelines.Climb.Report.Plots;

/// <summary>The form of a mark, so that colour is never all that tells marks apart.</summary>
internal enum Shape
{
    /// <summary>A disc.</summary>
    Disc,

    /// <summary>A square on its corner.</summary>
    Diamond,

    /// <summary>A triangle that points up.</summary>
    Triangle,

    /// <summary>A square.</summary>
    Square,

    /// <summary>A ring.</summary>
    Ring,

    /// <summary>Two crossed lines, as failures have.</summary>
    Cross,

    /// <summary>A star of five rays.</summary>
    Star,
}
