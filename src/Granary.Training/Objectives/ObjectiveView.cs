using Granary.Models.Language;
using Granary.Torch;

namespace Granary.Training.Objectives;

/// <summary>One call of the model and its targets. Plain numbers, so that it can be cut, compared and sent.</summary>
public sealed record ObjectiveView
{
    /// <summary>Rows B.</summary>
    public required int Rows { get; init; }

    /// <summary>Positions T of a row.</summary>
    public required int Length { get; init; }

    /// <summary>What the model reads, [B, T].</summary>
    public required ReadOnlyMemory<long> Inputs { get; init; }

    /// <summary>Which positions see which.</summary>
    public required MaskLaw Mask { get; init; }

    /// <summary>The position of each input, [B, T], for models that learn a vector for each; empty where they count from 0.</summary>
    public ReadOnlyMemory<long> Positions { get; init; }

    /// <summary>What must be said, in the order in which the heads are asked.</summary>
    public required IReadOnlyList<ObjectiveTarget> Targets { get; init; }

    /// <summary>
    /// What one of several holders of the rows has: some columns of each row, in any order, contiguous or not. Labels were
    /// shifted over whole rows before, so nothing has to be exchanged at a border. Its positions are written out, and its
    /// mask's causal order becomes one of ranks, which <see cref="MaskLaw.ToMask(MaskLaw, int, int, int)"/> asks about any two
    /// slices. Targets of which nothing falls on these columns are left out. Losses are scaled by the law of the whole views, or
    /// of all slices.
    /// </summary>
    public ObjectiveView Slice(ReadOnlySpan<int> columns)
    {
        foreach (var column in columns)
        {
            ArgumentOutOfRangeException.ThrowIfNegative(column, nameof(columns));
            ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual(column, Length, nameof(columns));
        }

        var targets = new List<ObjectiveTarget>();
        foreach (var target in Targets)
        {
            targets.Add(target.Slice(columns, Length));
        }

        return this with
        {
            Length = columns.Length,
            Inputs = RowColumns.Take(Inputs, Length, columns),
            Mask = Mask.Slice(Rows, Length, columns),
            Positions = Positions.IsEmpty ? CountedPositions(columns) : RowColumns.Take(Positions, Length, columns),
            Targets = [.. targets.Where(target => target.Labels.Length > 0)],
        };
    }

    /// <summary>The model's input, in the caller's dispose scope.</summary>
    public ModelInput ToInput(ModelSpec spec)
    {
        var positions_BT = Positions.IsEmpty || !spec.LearnsPositions ? null : torch.tensor(Positions.Span, [Rows, Length]);
        return new ModelInput(torch.tensor(Inputs.Span, [Rows, Length]), Mask.ToMask(Rows, Length), positions_BT);
    }

    private long[] CountedPositions(ReadOnlySpan<int> columns)
    {
        var counted = new long[Rows * columns.Length];
        for (var place = 0; place < counted.Length; place++)
        {
            counted[place] = columns[place % columns.Length];
        }

        return counted;
    }
}
