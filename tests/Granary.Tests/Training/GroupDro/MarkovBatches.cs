using Granary.Core.Randomness;
using Granary.Data.Batching;

namespace Granary.Training.GroupDro.Tests;

/// <summary>
/// Rows of two sources in turn, both without noise: the easy one goes round three ids, the hard one through all of them, so
/// that there is four times as much to learn.
/// </summary>
internal sealed class MarkovBatches(int vocabulary, int rows, int length, long totalSteps) : IBatchSource
{
    private static readonly RandomKey Key = RandomKey.FromSeed(11).Use("markov");

    public long TotalSteps => totalSteps;

    public long TokensPerStep => (long)rows * length;

    public string OrderSha256 => "markov";

    public IReadOnlyList<int> DomainsAt(long step) => [.. Enumerable.Range(0, rows).Select(row => DomainOf(step, row))];

    public TokenBatch Load(long step)
    {
        var buffer = new BatchBuffer(rows * length, rows);
        for (var row = 0; row < rows; row++)
        {
            Fill(buffer.Tokens.AsSpan(row * length, length), Key.Fold(step).Fold(row), isHard: DomainOf(step, row) == 1);
            buffer.Tokens.AsSpan((row * length) + 1, length - 1).CopyTo(buffer.Targets.AsSpan(row * length));
            buffer.Targets[(row * length) + length - 1] = TokenBatch.IgnoredTarget;
        }

        return new TokenBatch(step, rows, length, buffer, _ => { });
    }

    // The first step is of the hard source alone, so that a domain without rows is among what is tested.
    private static int DomainOf(long step, int row) => step == 0 ? 1 : (int)((step + row) % 2);

    private void Fill(Span<long> ids, RandomKey key, bool isHard)
    {
        ids[0] = key.BelowAt(0, isHard ? vocabulary : 3);
        for (var place = 1; place < ids.Length; place++)
        {
            ids[place] = isHard ? ((5 * ids[place - 1]) + 7) % vocabulary : (ids[place - 1] + 1) % 3;
        }
    }
}
