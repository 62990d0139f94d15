using Granary.Core.Randomness;
using Granary.Data.Batching;
using Granary.Models.Generation.Masked;
using Granary.Models.Language;
using Granary.Models.Layers;
using Granary.Models.Llama;
using Granary.Models.Past;
using Granary.Testing;
using Granary.Training.Optimizers;

namespace Granary.Training.Objectives.Hiding.Tests;

/// <summary>64 pairs of a key and a value, written key first, asked for both ways: what the reversal curse is about.</summary>
[Category("Slow")]
public sealed class KeyValueLearningTests : TensorFixture
{
    private const int Pairs = 64;
    private const int Steps = 500;
    private const int Copies = 4; // of each pair in a step: a hidden key, a hidden value and both come up by chance
    private const int Vocabulary = 1 + (2 * Pairs); // the first id stands in front of every pair

    private static readonly long[] Values = [.. Enumerable.Range(0, Pairs).OrderBy(key => RandomKey.FromSeed(3).UInt64At(key)).Select(value => 1L + Pairs + value)];

    [Test]
    public void What_fills_hidden_positions_knows_the_pairs_both_ways()
    {
        using var model = new PastConfig { HiddenSize = 64, NumHiddenLayers = 2, NumAttentionHeads = 4, MaxPositionEmbeddings = 8 }
            .Build(Vocabulary, ahead: null, RandomKey.FromSeed(1), new FusedKernels());

        Train(model, new MlmUConfig().Build());

        Assert.That(RightShare(model, PositionAsk.Query, asked: 2), Is.EqualTo(1), "the value of a key");
        Assert.That(RightShare(model, PositionAsk.Query, asked: 1), Is.EqualTo(1), "the key of a value");
    }

    [Test]
    public void What_predicts_the_next_token_knows_them_in_the_order_it_read_only()
    {
        using var model = new LlamaConfig { HiddenSize = 64, NumHiddenLayers = 4, NumAttentionHeads = 4, MaxPositionEmbeddings = 8 }
            .Build(Vocabulary, ahead: null, RandomKey.FromSeed(1), new FusedKernels());

        Train(model, new NextTokenConfig().Build());

        Assert.That(RightShare(model, PositionAsk.Before, asked: 2), Is.EqualTo(1), "the value of a key");
        Assert.That(ReversedShare(model), Is.LessThan(0.1), "the key of a value: 1 in 64 by guessing");
    }

    private static void Train(LanguageModel model, IObjective objective)
    {
        using var optimizer = new FusedAdamW(new AdamWConfig { Beta2 = 0.98, WeightDecay = 0 }, model.named_parameters());
        var ids = Enumerable.Range(0, Copies * Pairs).SelectMany(row => new long[] { 0, 1 + (row % Pairs), Values[row % Pairs] }).ToArray();
        var targets = Enumerable.Range(0, Copies * Pairs).SelectMany(row => new long[] { 1 + (row % Pairs), Values[row % Pairs], TokenBatch.IgnoredTarget }).ToArray();
        for (var step = 0; step < Steps; step++)
        {
            model.ClearGradients();
            ViewPass.Run(model, objective.Prepare(new BatchSlice(Copies * Pairs, 3, ids, targets, default), RandomKey.FromSeed(1).Fold(step)));
            optimizer.GradientNorm();
            optimizer.Step(step + 1, 0.003 * (1 - ((double)step / Steps)), gradientScale: 1);
        }
    }

    private static double RightShare(LanguageModel model, PositionAsk ask, int asked)
    {
        var ids = Enumerable.Range(0, Pairs).SelectMany(key => new long[] { 0, 1 + key, Values[key] }).ToArray();
        var rows = new OpenRows(Pairs, ids, [.. ids.Select((_, place) => place % 3 == asked)]);
        new PositionWriter(model, ask).Write(rows);
        return Enumerable.Range(0, Pairs).Count(row => rows.Ids[(row * 3) + asked] == ids[(row * 3) + asked]) / (double)Pairs;
    }

    // It has no way to be asked for what stands in front, so the value is written first.
    private static double ReversedShare(LanguageModel model)
    {
        var rows = new OpenRows([.. Values.Select(value => (ReadOnlyMemory<long>)new long[] { 0, value })], room: 1);
        new PositionWriter(model, PositionAsk.Before).Write(rows);
        return Enumerable.Range(0, Pairs).Count(row => rows.Ids[(row * 3) + 2] == 1 + row) / (double)Pairs;
    }
}
