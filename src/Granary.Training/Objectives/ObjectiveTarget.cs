using Granary.Models.Language;
using Granary.Training.Feeding;

namespace Granary.Training.Objectives;

/// <summary>
/// What one head must say. Its part of a step's loss is coefficient * sum(weight * loss) / sum(denominator), both sums over
/// all plans of the step: never a mean of means.
/// </summary>
public sealed record ObjectiveTarget
{
    /// <summary>The head that is asked.</summary>
    public string Head { get; init; } = HeadCall.Main;

    /// <summary>What the loss is reported as; targets of one name are one mean over the step. Default: the head.</summary>
    public string Name { get => field ?? Head; init; }

    /// <summary>
    /// Which positions of each row are asked, A of them, the same in every row; null for all T. With fewer than all, for heads
    /// that take it.
    /// </summary>
    public ReadOnlyMemory<int>? Columns { get; init; }

    /// <summary>What it must say, a label for each of its rows: [B, A, <see cref="Width"/>]; -100 for nothing.</summary>
    public required ReadOnlyMemory<long> Labels { get; init; }

    /// <summary>Labels of each position that is asked. Default 1.</summary>
    public int Width { get; init; } = 1;

    /// <summary>The labels' weights, of the same shape; null for 1 each.</summary>
    public ReadOnlyMemory<float>? Weights { get; init; }

    /// <summary>Ids the head is told, [B, A, <see cref="Width"/>]; empty for a head that is told nothing.</summary>
    public ReadOnlyMemory<long> Given { get; init; }

    /// <summary>What the target's mean loss is multiplied by. Default 1.</summary>
    public double Coefficient { get; init; } = 1;

    /// <summary>What these rows add to the number the loss is divided by: the weights of all labels that count, for a mean over labels.</summary>
    public required double Denominator { get; init; }

    /// <summary>The call of the head, in the caller's dispose scope.</summary>
    public HeadCall ToCall(int rows, int length) => ToCall(rows, length, FreshTensors.Instance);

    /// <summary>How many positions of a row of a length are asked.</summary>
    public int Asked(int length) => Columns?.Length ?? length;

    /// <summary>The call of the head, its numbers fed.</summary>
    internal HeadCall ToCall(int rows, int length, ITensorFeed feed)
    {
        var asked = Asked(length);
        var given = Given.IsEmpty ? null : feed.Next(Given.Span, Width == 1 ? [rows, asked] : [rows, asked, Width]);
        return new HeadCall(Head, given, Columns is { } columns ? feed.Next<long>([.. columns.ToArray()], columns.Length) : null);
    }

    /// <summary>
    /// What falls on some columns of rows of a length. Its share of the denominator is that of its columns among those asked, so that the
    /// shares of slices that are a partition of the rows add up to the whole's.
    /// </summary>
    internal ObjectiveTarget Slice(ReadOnlySpan<int> columns, int length)
    {
        var (asked, kept, local) = (Columns?.ToArray() ?? [.. Enumerable.Range(0, length)], new List<int>(), new List<int>());
        for (var column = 0; column < columns.Length; column++)
        {
            var index = Array.IndexOf(asked, columns[column]);
            if (index >= 0)
            {
                kept.Add(index);
                local.Add(column);
            }
        }

        return this with
        {
            Columns = Columns is null ? default(ReadOnlyMemory<int>?) : new ReadOnlyMemory<int>([.. local]),
            Labels = RowColumns.Take(Labels, asked.Length, [.. kept], Width),
            Weights = Weights is { } weights ? new ReadOnlyMemory<float>(RowColumns.Take(weights, asked.Length, [.. kept], Width)) : default(ReadOnlyMemory<float>?),
            Given = RowColumns.Take(Given, asked.Length, [.. kept], Width),
            Denominator = asked.Length == 0 ? 0 : Denominator * kept.Count / asked.Length,
        };
    }
}
