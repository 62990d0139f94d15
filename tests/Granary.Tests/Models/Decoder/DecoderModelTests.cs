using Granary.Core.Randomness;
using Granary.Models.Gpt2;
using Granary.Models.Layers;
using Granary.Models.Llama;
using Granary.Torch;
using Granary.Torch.Kernels;

namespace Granary.Models.Decoder.Tests;

/// <summary>What holds for every decoder, for each set of kernels.</summary>
[TestFixture(typeof(ComposedKernels))]
[TestFixture(typeof(FusedKernels))]
public sealed class DecoderModelTests<TKernels>
    where TKernels : ILayerKernels, new()
{
    // Fewer rows than the whole in one product change the order of sums, in the last bits of fp32.
    private const double Rounding = 1e-5;

    private static readonly RandomKey Key = RandomKey.FromSeed(11);

    private static readonly DecoderConfig[] Configs =
    [
        new Gpt2Config { VocabSize = 61, HiddenSize = 32, NumHiddenLayers = 2, NumAttentionHeads = 4, MaxPositionEmbeddings = 24 },
        new Gpt2Config { VocabSize = 61, HiddenSize = 32, NumHiddenLayers = 1, NumAttentionHeads = 2, MaxPositionEmbeddings = 24, ActivationFunction = "gelu", IntermediateSize = 40, TieWordEmbeddings = false },
        new LlamaConfig { VocabSize = 61, HiddenSize = 32, NumHiddenLayers = 2, NumAttentionHeads = 4, NumKeyValueHeads = 2, MaxPositionEmbeddings = 24 },
        new LlamaConfig { VocabSize = 61, HiddenSize = 32, NumHiddenLayers = 2, NumAttentionHeads = 4, MaxPositionEmbeddings = 24, AttentionBias = true, TieWordEmbeddings = true },
    ];

    [TestCaseSource(nameof(Configs))]
    public void Parameter_count_is_the_number_of_elements(DecoderConfig config)
    {
        using var model = Build(config);

        Assert.That(model.parameters().Sum(parameter => parameter.numel()), Is.EqualTo(model.Spec.ParameterCount()));
    }

    [Test]
    public void Weights_start_with_the_deviation_of_their_kind()
    {
        var config = new Gpt2Config { VocabSize = 1_000, HiddenSize = 64, NumHiddenLayers = 8, NumAttentionHeads = 4, MaxPositionEmbeddings = 256 };
        using var model = Build(config);

        foreach (var (name, parameter) in model.named_parameters())
        {
            using var scope = torch.NewDisposeScope();
            var isResidual = name.EndsWith("attention_output.weight", StringComparison.Ordinal) || name.EndsWith("mlp_down.weight", StringComparison.Ordinal);
            var deviation = name switch
            {
                _ when name.EndsWith("norm.weight", StringComparison.Ordinal) || name.EndsWith("bias", StringComparison.Ordinal) => 0,
                _ when isResidual => 0.02 / Math.Sqrt(2 * 8),
                _ => 0.02,
            };
            var mean = name.EndsWith("norm.weight", StringComparison.Ordinal) ? 1.0 : 0.0;
            var values = parameter.detach().to(ScalarType.Float64);

            // Five standard errors: of the mean sigma / sqrt(n), of the deviation sigma / sqrt(2n).
            var error = deviation / Math.Sqrt(parameter.numel());
            Assert.That(values.mean().item(), Is.EqualTo(mean).Within(5 * error), name);
            Assert.That(values.sub(mean).square().mean().sqrt().item(), Is.EqualTo(deviation).Within(5 * error / Math.Sqrt(2)), name);
        }
    }

    [Test]
    public void Llama_scales_no_weights_by_depth()
    {
        using var model = Build(new LlamaConfig { VocabSize = 61, HiddenSize = 64, NumHiddenLayers = 8, NumAttentionHeads = 4 });
        using var scope = torch.NewDisposeScope();

        var down = model.state_dict()["layers.3.mlp_down.weight"].detach();

        Assert.That(down.square().mean().sqrt().item(), Is.EqualTo(0.02).Within(5 * 0.02 / Math.Sqrt(2.0 * down.numel())));
    }

    [TestCaseSource(nameof(Configs))]
    public void A_key_gives_its_weights_whatever_was_drawn_before(DecoderConfig config)
    {
        using var first = Build(config);
        torch.manual_seed(99);
        using var other = new DecoderModel(config.ToSpec(0), RandomKey.FromSeed(12), new TKernels());
        using var second = Build(config);

        var (one, two, three) = (first.state_dict(), second.state_dict(), other.state_dict());

        Assert.That(one.Keys.All(name => one[name].equal(two[name])), Is.True);
        Assert.That(one["embed_tokens"].equal(three["embed_tokens"]), Is.False);
    }

    [Test]
    public void A_layer_has_the_weights_it_has_in_a_deeper_model()
    {
        var config = (LlamaConfig)Configs[2];
        using var shallow = Build(config);
        using var deep = Build(config with { NumHiddenLayers = 5 });

        foreach (var (name, tensor) in shallow.state_dict())
        {
            Assert.That(tensor.equal(deep.state_dict()[name]), Is.True, name);
        }
    }

    [Test]
    public void No_two_weights_are_the_same_draw()
    {
        using var model = Build(new LlamaConfig { VocabSize = 61, HiddenSize = 64, NumHiddenLayers = 3, NumAttentionHeads = 4 });

        var beginnings = model.parameters().Where(parameter => parameter.ndim == 2).Select(parameter => parameter.data<float>()[0]).ToList();

        Assert.That(beginnings, Is.Unique);
    }

    [TestCaseSource(nameof(Configs))]
    public void Later_tokens_leave_earlier_logits_as_they_are_bit_for_bit(DecoderConfig config)
    {
        using var scope = torch.NewDisposeScope();
        using var recording = torch.no_grad();
        using var model = Build(config);
        var ids = Ids(batch: 2, length: 20);
        var changed = ids.clone();
        changed.narrow(1, 13, 7).copy_(ids.narrow(1, 13, 7).neg().add(60));

        var before = Logits(model, ids);
        var after = Logits(model, changed);

        Assert.That(after.narrow(1, 0, 13).equal(before.narrow(1, 0, 13)), Is.True);
        Assert.That(after.narrow(1, 13, 7).equal(before.narrow(1, 13, 7)), Is.False);
    }

    [TestCaseSource(nameof(Configs))]
    public void Rows_of_a_batch_do_not_see_each_other(DecoderConfig config)
    {
        using var scope = torch.NewDisposeScope();
        using var recording = torch.no_grad();
        using var model = Build(config);
        var ids = Ids(batch: 3, length: 20);

        var together = Logits(model, ids);

        for (var row = 0; row < 3; row++)
        {
            AssertClose(together.narrow(0, row, 1), Logits(model, ids.narrow(0, row, 1)));
        }
    }

    [Test]
    public void Documents_of_a_row_do_not_see_each_other()
    {
        using var scope = torch.NewDisposeScope();
        using var recording = torch.no_grad();
        using var model = Build(Configs[2]);
        var ids = Ids(batch: 2, length: 20);
        var segments = torch.tensor([.. Enumerable.Repeat(1, 9), .. Enumerable.Repeat(2, 11), .. Enumerable.Repeat(1, 9), .. Enumerable.Repeat(2, 11)], [2, 20]);

        var together = model.Logits(model.Hidden(ids, AttentionMask.Causal().WithSegments(segments, segments))).view(2, 20, -1);

        // Rotary scores depend on distances only, so the second document alone, from position 0, has the same logits.
        AssertClose(together.narrow(1, 0, 9), Logits(model, ids.narrow(1, 0, 9)));
        AssertClose(together.narrow(1, 9, 11), Logits(model, ids.narrow(1, 9, 11).contiguous()));
    }

    [TestCaseSource(nameof(Configs))]
    public void A_cache_gives_the_hidden_rows_of_the_whole_sequence(DecoderConfig config)
    {
        using var scope = torch.NewDisposeScope();
        using var recording = torch.no_grad();
        using var model = Build(config);
        using var cache = new KeyValueCache(model.Spec, batch: 2, capacity: 24);
        var ids = Ids(batch: 2, length: 20);
        var whole = model.Hidden(ids).view(2, 20, -1);

        foreach (var (start, count) in new[] { (0, 7), (7, 1), (8, 1), (9, 11) })
        {
            var part = model.Hidden(ids.narrow(1, start, count), cache).view(2, count, -1);
            AssertClose(part, whole.narrow(1, start, count));
        }

        cache.Truncate(5);
        AssertClose(model.Hidden(ids.narrow(1, 5, 3), cache).view(2, 3, -1), whole.narrow(1, 5, 3));
        Assert.That(cache.Length, Is.EqualTo(8));
    }

    [Test]
    public void A_sequence_above_the_longest_is_refused_with_both_lengths()
    {
        using var scope = torch.NewDisposeScope();
        using var model = Build(Configs[0]);
        using var cache = new KeyValueCache(model.Spec, batch: 1, capacity: 24);

        var thrown = Assert.Throws<ArgumentException>(() => model.Hidden(Ids(batch: 1, length: 25)));
        model.Hidden(Ids(batch: 1, length: 24), cache);
        var full = Assert.Throws<ArgumentException>(() => model.Hidden(Ids(batch: 1, length: 1), cache));

        Assert.That(thrown.Message, Is.EqualTo("A sequence has '25' tokens, but the model takes at most max_position_embeddings (24); give it less or train with a larger value."));
        Assert.That(full.Message, Does.StartWith("A sequence has '25' tokens"));
    }

    [Test]
    public void A_cache_without_room_says_how_much_it_has()
    {
        using var scope = torch.NewDisposeScope();
        using var recording = torch.no_grad();
        using var model = Build(Configs[2]);
        using var cache = new KeyValueCache(model.Spec, batch: 1, capacity: 8);
        model.Hidden(Ids(batch: 1, length: 6), cache);

        var thrown = Assert.Throws<ArgumentException>(() => model.Hidden(Ids(batch: 1, length: 3), cache));

        Assert.That(thrown.Message, Is.EqualTo("The cache holds '6' tokens and is given '3' more, but has room for 8; make it larger or truncate it."));
    }

    private static DecoderModel Build(DecoderConfig config) => new(config.ToSpec(0), Key, new TKernels());

    private static Tensor Logits(DecoderModel model, Tensor ids_BT) => model.Logits(model.Hidden(ids_BT)).view(ids_BT.size(0), ids_BT.size(1), -1);

    private static Tensor Ids(int batch, int length)
    {
        return torch.tensor(Enumerable.Range(0, batch * length).Select(place => Key.Use("ids").BelowAt(place, 61)).ToArray(), [batch, length]);
    }

    private static void AssertClose(Tensor actual, Tensor expected)
    {
        Assert.That((actual - expected).abs().max().item(), Is.LessThanOrEqualTo(Rounding * expected.abs().max().item()));
    }
}
