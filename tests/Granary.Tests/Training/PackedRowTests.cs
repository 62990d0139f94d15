using Granary.Core.Randomness;
using Granary.Data.Batching;
using Granary.Data.Shards;
using Granary.Models.Decoder;
using Granary.Models.Gpt2;
using Granary.Models.Layers;
using Granary.Models.Llama;
using Granary.Testing;
using Granary.Torch;
using Granary.Training.Objectives;

namespace Granary.Training.Tests;

/// <summary>A packed row whose documents are apart is to the model what its documents are alone, for each set of kernels.</summary>
[TestFixture(typeof(ComposedKernels))]
[TestFixture(typeof(FusedKernels))]
public sealed class PackedRowTests<TKernels>
    where TKernels : ILayerKernels, new()
{
    private const int Vocabulary = 61;
    private const int Length = 128;

    // Sums over rows of another number go in another order, which shows in the last bits of fp32.
    private const double Tolerance = 1e-5;

    private static readonly int[] Documents = [37, 1, 20, 64]; // they fill a row but for 6 ids

    private static readonly DecoderConfig[] Configs =
    [
        new Gpt2Config { HiddenSize = 32, NumHiddenLayers = 2, NumAttentionHeads = 4, MaxPositionEmbeddings = Length },
        new LlamaConfig { HiddenSize = 32, NumHiddenLayers = 2, NumAttentionHeads = 4, NumKeyValueHeads = 2, MaxPositionEmbeddings = Length },
    ];

    [TestCaseSource(nameof(Configs))]
    public void Loss_and_gradients_are_those_of_the_documents_alone(DecoderConfig config)
    {
        using var scope = torch.NewDisposeScope();
        using var model = Build(config);
        var alone = Documents.Select((length, number) => (Loss: Run(model, Alone(number), clear: number == 0), length)).Sum(entry => entry.Loss);
        var expected = Gradients(model);

        var packed = Run(model, Packed(Ids(), new SegmentLaw(true, 0, true)), clear: true);

        Assert.That(packed, Is.EqualTo(alone).Within(Tolerance * alone));
        foreach (var (name, gradient) in Gradients(model))
        {
            var largest = expected[name].abs().max().item();
            TensorAssert.AreClose(gradient, expected[name], Tolerance, Tolerance * largest, name);
        }
    }

    [TestCaseSource(nameof(Configs))]
    public void Another_document_in_the_row_changes_no_logit_bit_for_bit(DecoderConfig config)
    {
        using var scope = torch.NewDisposeScope();
        using var recording = torch.no_grad();
        using var model = Build(config);
        var (ids, changed) = (Ids(), Ids());
        for (var i = 0; i < Documents[0]; i++)
        {
            changed[i] = Vocabulary - 1 - changed[i];
        }

        foreach (var law in new[] { new SegmentLaw(true, 0, true), new SegmentLaw(true, 8, true), new SegmentLaw(true, 0, false) })
        {
            var (before, after) = (Logits(model, Packed(ids, law)), Logits(model, Packed(changed, law)));
            var rest = Length - Documents[0];

            Assert.That(after.narrow(0, Documents[0], rest).equal(before.narrow(0, Documents[0], rest)), Is.True, $"{law}");
            Assert.That(after.equal(before), Is.False);
        }
    }

    [TestCaseSource(nameof(Configs))]
    public void Position_sees_nothing_beyond_its_block(DecoderConfig config)
    {
        using var scope = torch.NewDisposeScope();
        using var recording = torch.no_grad();
        using var model = Build(config);
        var (ids, changed) = (Ids(), Ids());
        changed[5] = Vocabulary - 1 - changed[5];

        var (before, after) = (Logits(model, Packed(ids, new SegmentLaw(false, 10, false))), Logits(model, Packed(changed, new SegmentLaw(false, 10, false))));

        Assert.That(after.narrow(0, 5, 5).equal(before.narrow(0, 5, 5)), Is.False, "the rest of the block sees it");
        Assert.That(after.narrow(0, 10, Length - 10).equal(before.narrow(0, 10, Length - 10)), Is.True);
    }

    [Test]
    public void Learned_positions_count_on_where_they_are_not_reset()
    {
        using var scope = torch.NewDisposeScope();
        using var recording = torch.no_grad();
        using var model = Build(Configs[0]);

        var reset = Logits(model, Packed(Ids(), new SegmentLaw(true, 0, true)));
        var counted = Logits(model, Packed(Ids(), new SegmentLaw(true, 0, false)));

        TensorAssert.AreClose(counted.narrow(0, 0, Documents[0]), reset.narrow(0, 0, Documents[0]), Tolerance, Tolerance);
        Assert.That(counted.narrow(0, Documents[0], 1).allclose(reset.narrow(0, Documents[0], 1)), Is.False);
    }

    [Test]
    public void Rotary_scores_are_the_same_wherever_a_document_begins()
    {
        using var scope = torch.NewDisposeScope();
        using var recording = torch.no_grad();
        using var model = Build(Configs[1]);

        var packed = Logits(model, Packed(Ids(), new SegmentLaw(true, 0, true)));

        TensorAssert.AreClose(packed.narrow(0, 58, 64), Logits(model, Alone(3)), Tolerance, Tolerance);
    }

    private static DecoderModel Build(DecoderConfig config)
    {
        return new DecoderModel(config.ToSpec(Vocabulary), RandomKey.FromSeed(11), new TKernels());
    }

    private static long[] Ids()
    {
        return [.. Enumerable.Range(0, Length).Select(i => RandomKey.FromSeed(6).BelowAt(i, Vocabulary))];
    }

    private static int StartOf(int document)
    {
        return Documents.Take(document).Sum();
    }

    private static ObjectivePlan Alone(int document)
    {
        var ids = Ids().AsSpan(StartOf(document), Documents[document]).ToArray();
        var rows = new BatchSlice(1, ids.Length, ids, (long[])[.. ids.Skip(1), TokenBatch.IgnoredTarget], default);
        return new NextTokenConfig().Build().Prepare(rows, RandomKey.FromSeed(1));
    }

    private static ObjectivePlan Packed(long[] ids, SegmentLaw law)
    {
        var borders = new byte[Length / 8];
        foreach (var start in Enumerable.Range(0, Documents.Length + 1).Select(StartOf))
        {
            borders[start / 8] |= (byte)(1 << (start % 8));
        }

        var (segments, positions) = (new int[Length], new long[Length]);
        long[] targets = [.. ids.Skip(1), TokenBatch.IgnoredTarget];
        SegmentWriter.Fill(law, borders, RowFlags.Padded, segments, law.ResetsPositions ? positions : [], targets);
        var rows = new BatchSlice(1, Length, ids, targets, default, segments, law.ResetsPositions ? positions : default(ReadOnlyMemory<long>));
        return new NextTokenConfig().Build().Prepare(rows, RandomKey.FromSeed(1));
    }

    private static double Run(DecoderModel model, ObjectivePlan plan, bool clear)
    {
        if (clear)
        {
            model.ClearGradients();
        }

        // The sum of the losses: with a denominator of 1 for the whole plan.
        var view = plan.Views[0];
        return ViewPass.Run(model, new ObjectivePlan([view with { Targets = [view.Targets[0] with { Denominator = 1 }] }]));
    }

    private static Dictionary<string, Tensor> Gradients(DecoderModel model)
    {
        return model.named_parameters().ToDictionary(entry => entry.name, entry => entry.parameter.grad!.clone());
    }

    private static Tensor Logits(DecoderModel model, ObjectivePlan plan)
    {
        return model.Logits(model.Hidden(plan.Views[0].ToInput(model.Spec)));
    }
}
