using Granary.Core.Randomness;
using Granary.Data.Batching;

namespace Granary.Training.Objectives.Hiding.Tests;

public sealed class HiddenPositionsTests
{
    private const int Maskable = 12;

    private static readonly RandomKey Key = RandomKey.FromSeed(9);

    [Test]
    public void The_number_hidden_is_uniform_from_none_to_all()
    {
        const int Draws = 200_000;
        var rows = Rows(1, Maskable + 1);
        var counts = new int[Maskable + 1];

        for (var draw = 0; draw < Draws; draw++)
        {
            counts[new HiddenPositions(rate: null).Draw(rows with { FirstRow = draw }, 0, Key).Hidden]++;
        }

        var share = 1.0 / (Maskable + 1);
        Assert.That(counts, Is.All.EqualTo(Draws * share).Within(3 * Math.Sqrt(Draws * share * (1 - share))));
    }

    [Test]
    public void Each_position_is_hidden_as_often_as_any_other()
    {
        const int Draws = 200_000;
        var rows = Rows(1, Maskable + 1);
        var counts = new int[Maskable + 1];

        for (var draw = 0; draw < Draws; draw++)
        {
            foreach (var (column, isHidden) in new HiddenPositions(rate: null).Draw(rows with { FirstRow = draw }, 0, Key).IsHidden.Index())
            {
                counts[column] += isHidden ? 1 : 0;
            }
        }

        Assert.That(counts[0], Is.Zero);
        Assert.That(counts[1..], Is.All.EqualTo(Draws / 2.0).Within(3.5 * Math.Sqrt(Draws * 0.25)));
    }

    [Test]
    public void A_fixed_rate_hides_that_share()
    {
        var hidden = Enumerable.Range(0, 2_000).Sum(row => new HiddenPositions(0.3).Draw(Rows(1, 51) with { FirstRow = row }, 0, Key).Hidden);

        Assert.That(hidden / 100_000.0, Is.EqualTo(0.3).Within(3 * Math.Sqrt(0.21 / 100_000)));
    }

    [Test]
    public void A_rate_of_one_hides_all_that_is_predicted()
    {
        Assert.That(new HiddenPositions(1).Draw(Rows(1, 5), 0, Key).IsHidden, Is.EqualTo(new[] { false, true, true, true, true }));
    }

    [Test]
    public void Prompts_padding_and_the_first_of_each_segment_stay_visible()
    {
        long[] targets = [-100, 3, 4, -100, 6, 7, -100, -100];
        int[] segments = [1, 1, 1, 1, 2, 2, 2, 0];
        var rows = new BatchSlice(1, 8, new long[] { 1, 2, 3, 4, 5, 6, 7, 0 }, targets, default, segments);

        var drawn = new HiddenPositions(1).Draw(rows, 0, Key);

        Assert.That(drawn.IsHidden, Is.EqualTo(new[] { false, false, true, true, false, true, true, false }));
        Assert.That((drawn.Hidden, drawn.Maskable), Is.EqualTo((4, 4)));
    }

    private static BatchSlice Rows(int rows, int length)
    {
        return new BatchSlice(rows, length, new long[rows * length], new long[rows * length], default);
    }
}
