using FsCheck;
using FsCheck.Fluent;
using Granary.Core.Randomness;

namespace Granary.Pipelines.Decomposition.Packing.Tests;

public sealed class BestFitTests
{
    [FsCheck.NUnit.Property(MaxTest = 200)]
    public Property Rows_are_as_full_as_those_of_looking_at_every_row_for_every_piece()
    {
        var cases =
            from rowLength in Gen.Elements(8, 64, 100, 1_024)
            from lengths in Gen.ListOf(Gen.Choose(1, rowLength))
            select (rowLength, lengths: lengths.ToArray());
        return Prop.ForAll(cases.ToArbitrary(), (item) =>
        {
            var rows = RowsOf(item.lengths, item.rowLength);

            Assert.That(rows.SelectMany(row => row), Is.EquivalentTo(Enumerable.Range(0, item.lengths.Length)), "every piece once");
            Assert.That(rows.Select(row => row.Sum(piece => item.lengths[piece])).Order(), Is.EqualTo(Naive(item.lengths, item.rowLength).Order()));
        });
    }

    [Test]
    public void Pieces_lie_from_the_longest_to_the_shortest_and_in_order_where_they_are_alike()
    {
        var rows = RowsOf([3, 5, 3, 2, 8, 3], rowLength: 8);

        Assert.That(rows, Is.EqualTo(new[] { new[] { 4 }, new[] { 1, 0 }, new[] { 2, 5, 3 } }));
    }

    [Test]
    public void Piece_above_the_row_length_is_refused()
    {
        Assert.That(() => BestFit.Pack([9], rowLength: 8), Throws.TypeOf<ArgumentOutOfRangeException>());
        Assert.That(() => BestFit.Pack([0], rowLength: 8), Throws.TypeOf<ArgumentOutOfRangeException>());
    }

    [Test]
    public void Windows_pad_hardly_more_than_packing_everything_at_once()
    {
        // Lengths of web pages; a window of the builder holds about as many documents.
        var lengths = Lengths(300_000);
        var tokens = lengths.Sum(length => (double)length);

        var whole = BestFit.CountPadding(lengths, rowLength: 2_048);
        var windows = lengths.Chunk(100_000).Sum(window => BestFit.CountPadding(window, rowLength: 2_048));
        var small = lengths.Chunk(1_000).Sum(window => BestFit.CountPadding(window, rowLength: 2_048));

        TestContext.Out.WriteLine($"padding: {whole / tokens:P4} at once, {windows / tokens:P4} in windows of 100,000, {small / tokens:P4} of 1,000");
        Assert.That(windows / tokens, Is.LessThan((whole / tokens) + 1e-4));
        Assert.That(small / tokens, Is.LessThan((whole / tokens) + 0.01));
    }

    private static List<List<int>> RowsOf(int[] lengths, int rowLength)
    {
        var (first, next) = BestFit.Pack(lengths, rowLength);
        return [.. first.Select(start =>
        {
            var row = new List<int>();
            for (var piece = start; piece >= 0; piece = next[piece])
            {
                row.Add(piece);
            }

            return row;
        })];
    }

    // What each row holds in the end: best fit, decreasing, by looking at every row.
    private static List<int> Naive(int[] lengths, int rowLength)
    {
        var fills = new List<int>();
        foreach (var length in lengths.OrderDescending())
        {
            var best = Enumerable.Range(0, fills.Count).Where(row => fills[row] + length <= rowLength).OrderByDescending(row => fills[row]).FirstOrDefault(-1);
            if (best < 0)
            {
                fills.Add(length);
            }
            else
            {
                fills[best] += length;
            }
        }

        return fills;
    }

    // Lognormal with the parameters (ln 270, 1.25), by Box and Muller.
    private static int[] Lengths(int count)
    {
        var key = RandomKey.FromSeed(2);
        return [.. Enumerable.Range(0, count).Select(i =>
        {
            var radius = Math.Sqrt(-2 * Math.Log(1 - key.DoubleAt(2 * i)));
            return 1 + (int)(270 * Math.Exp(1.25 * radius * Math.Cos(2 * Math.PI * key.DoubleAt((2 * i) + 1))));
        })];
    }
}
