using Granary.Core.Randomness;
using Granary.Data.Batching;

namespace Granary.Training.Tests;

/// <summary>Rows of random ids whose length alternates from step to step, or a share of them; the targets are the ids behind.</summary>
internal sealed class SyntheticBatches(int vocabulary, long tokensPerStep, long totalSteps, BatchShare? share = null) : IBatchSource
{
    private static readonly RandomKey Key = RandomKey.FromSeed(7).Use("synthetic");

    public long TotalSteps => totalSteps;

    public long TokensPerStep => tokensPerStep;

    public string OrderSha256 => "synthetic";

    public TokenBatch Load(long step)
    {
        var length = step % 2 == 0 ? 8 : 16;
        var rows = (int)(tokensPerStep / length);
        var (first, end) = (share ?? BatchShare.Whole).Of(rows);
        var count = (end - first) * length;
        var buffer = new BatchBuffer(count, end - first);
        for (var index = 0; index < count; index++)
        {
            buffer.Tokens[index] = Key.Fold(step).BelowAt((first * length) + index, vocabulary);
        }

        for (var index = 0; index < count; index++)
        {
            buffer.Targets[index] = (index + 1) % length == 0 ? TokenBatch.IgnoredTarget : buffer.Tokens[index + 1];
        }

        return new TokenBatch(step, end - first, length, buffer, _ => { }, firstRow: first);
    }
}
