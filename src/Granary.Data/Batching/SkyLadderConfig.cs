using System.Globalization;
using Granary.Core.Configuration;

namespace Granary.Data.Batching;

/// <summary>
/// SkyLadder (arXiv 2503.15450): the rows of concat-and-chunk, whose positions see no further than a block of w tokens;
/// w(t) = min(row_length, initial_window + floor(growth * t)) grows with the step t.
/// </summary>
public sealed record SkyLadderConfig : PackedBatchingConfig
{
    /// <summary>What <c>type:</c> says.</summary>
    public const string Name = "skyladder";

    /// <summary>Tokens of a block in the first step. Default 32.</summary>
    public int InitialWindow { get; init; } = 32;

    /// <summary>Tokens by which blocks grow with each step; the paper's long runs take 0.125. Default 0: what <see cref="GrowthShare"/> asks for.</summary>
    public double Growth { get; init; }

    /// <summary>With growth 0: the share of the run's steps after which blocks are whole rows. Default 0.64.</summary>
    public double GrowthShare { get; init; } = 0.64;

    /// <summary>Whether a block also ends with its document. Default true; with false, documents see and predict each other as in concat-and-chunk.</summary>
    public bool DocumentMasking { get; init; } = true;

    /// <summary>With document_masking: whether positions count from each document's start. Default true; with rotary positions, which are relative, it changes nothing.</summary>
    public bool ResetPositions { get; init; } = true;

    /// <inheritdoc/>
    public override RowPacking Packing => RowPacking.Stream;

    /// <inheritdoc/>
    protected override string MaskText => string.Create(
        CultureInfo.InvariantCulture,
        $"mask=blocks documents={DocumentMasking} reset_positions={ResetPositions} initial_window={InitialWindow} growth={Growth:R} growth_share={GrowthShare:R}");

    /// <summary>Tokens of a block in a step of a run of <paramref name="totalSteps"/>.</summary>
    public int WindowAt(long step, long totalSteps)
    {
        // One division at the end, so that the window is whole exactly at its share of the steps.
        var grown = Growth > 0 ? Growth * step : (double)(RowLength - InitialWindow) * step / (GrowthShare * totalSteps);
        return (int)Math.Min(RowLength, InitialWindow + Math.Floor(grown));
    }

    /// <inheritdoc/>
    public override SegmentLaw LawAt(long step, long totalSteps)
    {
        var window = WindowAt(step, totalSteps);
        return new SegmentLaw(DocumentMasking, window < RowLength ? window : 0, DocumentMasking && ResetPositions);
    }

    /// <inheritdoc/>
    public override void Validate(string path, ConfigurationErrors errors)
    {
        base.Validate(path, errors);
        errors.Require(InitialWindow > 0 && InitialWindow <= RowLength, $"{path}.initial_window", InitialWindow, $"from 1 to row_length ({RowLength})");
        errors.Require(double.IsFinite(Growth) && Growth >= 0, $"{path}.growth", Growth, "0 (what growth_share asks for) or more");
        errors.Require(GrowthShare is > 0 and <= 1, $"{path}.growth_share", GrowthShare, "above 0 and at most 1");
    }
}
