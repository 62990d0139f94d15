using Granary.Core.Randomness;
using Granary.Models.Decoder;
using Granary.Models.Generation;
using Granary.Models.Generation.Drafting;
using Granary.Models.Language;
using Granary.Models.Layers;
using Granary.Models.Llama;
using Granary.Testing;
using Granary.Torch;

namespace Granary.Models.Ahead.Tests;

/// <summary>Heads as drafters, row by row over caches, against the form they are trained in.</summary>
public sealed class DraftHeadsTests
{
    // Other numbers of rows in one product change the order of sums, in the last bits of fp32.
    private const double Rounding = 2e-5;

    private static readonly RandomKey Key = RandomKey.FromSeed(71);

    [Test]
    public void Heads_over_caches_give_the_logits_of_their_training_form(
        [Values(AheadKind.Parallel, AheadKind.Sequential)] AheadKind kind, [Values(2, 4)] int tokens, [Values(1, 5)] int firstChunk)
    {
        using var scope = torch.NewDisposeScope();
        using var recording = torch.no_grad();
        using var model = Build(kind, tokens);
        using var heads = model.DraftHeads()!;
        using var cache = new KeyValueCache(model.Spec, batch: 1, capacity: 24);
        var text = Enumerable.Range(0, 15).Select(place => Key.Use("text").BelowAt(place, 61)).ToArray();
        foreach (var (start, count) in new[] { (0, firstChunk), (firstChunk, 1), (firstChunk + 1, 4), (firstChunk + 5, 1) })
        {
            // The call reads two tokens more than stay: rows are picked out of it.
            var call = text.AsSpan(start, count + 2).ToArray();
            var rows = model.Read(torch.tensor(call, [1, call.Length]), cache);
            cache.Truncate(start + count);
            heads.Read(rows.Trunk_NC, Enumerable.Range(0, count).ToArray(), [.. text.Skip(start + 1).Take(count).Select(id => (int)id)]);

            var logits = heads.Logits();

            var expected = Reference(model, text[..(start + count + 1)]);
            Assert.That(logits.shape, Is.EqualTo(expected.shape));
            Assert.That((logits - expected).abs().max().item(), Is.LessThanOrEqualTo(Rounding * expected.abs().max().item()), $"after {start + count} rows");
        }
    }

    [Test]
    public void A_model_without_further_heads_drafts_with_none()
    {
        using var model = new DecoderModel(Config.ToSpec(0), Key, new FusedKernels());

        Assert.That(model.DraftHeads(), Is.Null);
    }

    [Test]
    public void Its_own_heads_change_no_token([Values(AheadKind.Parallel, AheadKind.Sequential)] AheadKind kind, [Values(DraftMethod.Heads, DraftMethod.Auto)] DraftMethod method)
    {
        using var model = Build(kind, tokens: 3);
        foreach (var settings in (GenerationConfig[])[new() { DoSample = false, MaxNewTokens = 90 }, new() { Temperature = 0.9, MaxNewTokens = 90 }])
        {
            var plain = new TextGenerator(model).Generate([3, 1, 4], settings, Key).Select(token => token.Id).ToList();

            var drafted = new TextGenerator(model, method, new ManualClock()).Generate([3, 1, 4], settings, Key).Select(token => token.Id).ToList();

            Assert.That(drafted, Is.EqualTo(plain));
        }
    }

    private static LlamaConfig Config => new() { VocabSize = 61, HiddenSize = 32, NumHiddenLayers = 2, NumAttentionHeads = 4, NumKeyValueHeads = 2, MaxPositionEmbeddings = 96, InitializerRange = 0.2 };

    private static DecoderModel Build(AheadKind kind, int tokens)
    {
        return new DecoderModel(Config.ToSpec(0) with { Ahead = new AheadSpec(kind, tokens) }, Key, new FusedKernels());
    }

    /// <summary>The newest row's logits of each further head, over the whole text but its last token; [heads, V].</summary>
    private static Tensor Reference(DecoderModel model, long[] text)
    {
        using var cuts = new GradientCuts();
        var ids = text[..^1];
        var told = text.Skip(1).ToList();
        var states = model.Trunk(new ModelInput(torch.tensor(ids, [1, ids.Length]), Torch.Kernels.AttentionMask.Causal()));
        var logits = new List<Tensor>();
        for (var distance = 2; distance <= model.Spec.Ahead!.Tokens; distance++)
        {
            var given = model.Spec.Ahead.Kind == AheadKind.Sequential ? torch.tensor(told.ToArray(), [1, ids.Length]) : null;
            var output = model.Read(states, new HeadCall(HeadCall.Ahead(distance), given), cuts);
            states = output.States;
            var newest = model.Logits(output.Rows_MC.narrow(0, ids.Length - 1, 1));
            logits.Add(newest);
            told = [.. told.Skip(1), newest.argmax().item_int64()];
        }

        return torch.cat([.. logits]);
    }
}
