using Granary.Core.Randomness;
using Granary.Data.Batching;

namespace Granary.Training.Tests;

/// <summary>Rows of random ids whose length alternates from step to step; the targets are the ids behind.</summary>
internal sealed class SyntheticBatches(int vocabulary, long tokensPerStep, long totalSteps) : IBatchSource
{
    private static readonly RandomKey Key = RandomKey.FromSeed(7).Use("synthetic");

    public long TotalSteps => totalSteps;

    public long TokensPerStep => tokensPerStep;

    public string OrderSha256 => "synthetic";

    public TokenBatch Load(long step)
    {
        var length = step % 2 == 0 ? 8 : 16;
        var rows = (int)(tokensPerStep / length);
        var buffer = new BatchBuffer((int)tokensPerStep, rows);
        for (var index = 0; index < tokensPerStep; index++)
        {
            buffer.Tokens[index] = Key.Fold(step).BelowAt(index, vocabulary);
        }

        for (var index = 0; index < tokensPerStep; index++)
        {
            buffer.Targets[index] = (index + 1) % length == 0 ? TokenBatch.IgnoredTarget : buffer.Tokens[index + 1];
        }

        return new TokenBatch(step, rows, length, buffer, _ => { });
    }
}
