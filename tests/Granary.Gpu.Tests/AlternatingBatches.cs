using Granary.Core.Randomness;
using Granary.Data.Batching;

namespace Granary.Gpu.Tests;

/// <summary>Rows that a small model can learn: each id follows from the one before, now and then a random one. Lengths take turns.</summary>
internal sealed class AlternatingBatches(int vocabulary, int tokensPerStep, long totalSteps, params int[] lengths) : IBatchSource
{
    private static readonly RandomKey Key = RandomKey.FromSeed(7).Use("alternating");

    public long TotalSteps => totalSteps;

    public long TokensPerStep => tokensPerStep;

    public string OrderSha256 => "alternating";

    public TokenBatch Load(long step)
    {
        var length = lengths[step % lengths.Length];
        var buffer = new BatchBuffer(tokensPerStep, tokensPerStep / length);
        var draws = Key.Fold(step);
        for (var place = 0; place < tokensPerStep; place++)
        {
            var isDrawn = place % length == 0 || draws.BelowAt(2 * place, 8) == 0;
            buffer.Tokens[place] = isDrawn ? draws.BelowAt((2 * place) + 1, vocabulary) : ((buffer.Tokens[place - 1] * 3) + 1) % vocabulary;
        }

        for (var place = 0; place < tokensPerStep; place++)
        {
            buffer.Targets[place] = (place + 1) % length == 0 ? TokenBatch.IgnoredTarget : buffer.Tokens[place + 1];
        }

        return new TokenBatch(step, tokensPerStep / length, length, buffer, _ => { });
    }
}
