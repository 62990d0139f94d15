using Granary.Models.Language;
using Granary.Torch.Kernels;
using Granary.Training.Feeding;

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

    /// <summary>Which positions see which; of the whole rows.</summary>
    public required MaskLaw Mask { get; init; }

    /// <summary>Which positions of whole rows these are, for a rank of a sequence axis; null where they are all.</summary>
    public AttentionSlice? Holding { get; private init; }

    /// <summary>The position of each input, [B, T], for models that learn a vector for each; empty where they count from 0.</summary>
    public ReadOnlyMemory<long> Positions { get; init; }

    /// <summary>What must be said, in the order in which the heads are asked.</summary>
    public required IReadOnlyList<ObjectiveTarget> Targets { get; init; }

    /// <summary>
    /// What one of several holders of the rows has: some columns of each row, in any order, contiguous or not. Labels were
    /// shifted over whole rows before, so nothing has to be exchanged at a border. Its positions are written out, and its
    /// mask's causal order becomes one of ranks, which <see cref="MaskLaw.ToMask(MaskLaw, int, int, int)"/> asks about any two
    /// slices. Every target stays, with no labels where nothing of it falls on these columns, so that all holders ask the same
    /// heads in the same order. Losses are scaled by the law of the whole views, or of all slices.
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
            Targets = targets,
        };
    }

    /// <summary>
    /// What a rank of a sequence axis has: as <see cref="Slice(ReadOnlySpan{int})"/>, but under the law of the whole rows, by
    /// which its positions see those of all ranks.
    /// </summary>
    public ObjectiveView HeldBy(AttentionSlice slice)
    {
        if (slice.Length != Length || Holding is not null)
        {
            throw new ArgumentException($"The slice is of rows of '{slice.Length}' positions, but the view has {(Holding is null ? $"{Length}" : "some of a row's only")}; cut a whole view by a slice of its length.", nameof(slice));
        }

        return Slice(slice.Columns()) with { Mask = Mask, Holding = slice };
    }

    /// <summary>The model's input, in the caller's dispose scope.</summary>
    public ModelInput ToInput(ModelSpec spec) => ToInput(spec, FreshTensors.Instance);

    /// <summary>The model's input, its numbers fed.</summary>
    internal ModelInput ToInput(ModelSpec spec, ITensorFeed feed)
    {
        var positions_BT = Positions.IsEmpty || !spec.LearnsPositions ? null : feed.Next(Positions.Span, Rows, Length);
        var length = (int)(Holding?.Length ?? Length);
        var mask = Mask.ToMask(Mask, Rows, length, length, feed);
        return new ModelInput(feed.Next(Inputs.Span, Rows, Length), Holding is null ? mask : mask.Of(Holding), positions_BT);
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
