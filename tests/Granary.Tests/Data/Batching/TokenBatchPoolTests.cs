using Granary.Data.Shards;

namespace Granary.Data.Batching.Tests;

public sealed class TokenBatchPoolTests
{
    [Test]
    public void Rows_are_as_they_were_filled()
    {
        var pool = new TokenBatchPool(mostTokens: 12, mostRows: 3);

        using var batch = pool.Rent(step: 5, rows: 2, length: 4, Fill);

        Assert.Multiple(() =>
        {
            Assert.That((batch.Step, batch.Rows, batch.Length), Is.EqualTo((5, 2, 4)));
            Assert.That(batch.Tokens.ToArray(), Is.EqualTo(new[] { 0, 0, 0, 0, 1, 1, 1, 1 }));
            Assert.That(batch.Targets.ToArray(), Is.EqualTo(new[] { 10, 10, 10, 10, 11, 11, 11, 11 }));
            Assert.That(batch.Segments.ToArray(), Is.EqualTo(new[] { 1, 1, 1, 1, 2, 2, 2, 2 }));
            Assert.That(batch.Provenance[1].TokenStart, Is.EqualTo(1));
        });
    }

    [Test]
    public void Memory_is_used_again_only_once_it_was_given_back()
    {
        var pool = new TokenBatchPool(mostTokens: 12, mostRows: 3);
        var first = pool.Rent(step: 0, rows: 1, length: 4, Fill);

        using var second = pool.Rent(step: 1, rows: 3, length: 4, Fill);
        Assert.That(first.Tokens.Overlaps(second.Tokens), Is.False);
        var tokens = first.Slice(0, 1).Tokens;
        first.Dispose();
        using var third = pool.Rent(step: 2, rows: 1, length: 2, Fill);

        Assert.That(third.Tokens.Overlaps(tokens.Span), Is.True);
    }

    [TestCase(4, 2, Description = "too many rows")]
    [TestCase(3, 5, Description = "too many tokens")]
    public void More_than_was_asked_for_is_refused(int rows, int length)
    {
        var pool = new TokenBatchPool(mostTokens: 12, mostRows: 3);

        Assert.Throws<ArgumentOutOfRangeException>(() => pool.Rent(step: 0, rows, length, Fill));
    }

    private static RowProvenance Fill(int row, Span<long> tokens, Span<long> targets, Span<int> segments)
    {
        tokens.Fill(row);
        targets.Fill(10 + row);
        segments.Fill(1 + row);
        return new RowProvenance(default, 0, row, 0, RowFlags.None);
    }
}
