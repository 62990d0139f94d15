using Granary.Core.Randomness;
using Granary.Models.Language;
using Granary.Models.Layers;
using Granary.Models.Llama;
using Granary.Torch;
using Granary.Torch.Kernels;

namespace Granary.Models.Decoder.Tests;

public sealed class DecoderMemoryTests
{
    private const int Rows = 4;
    private const int Length = 128;

    // All tensors of a block are powers of two in bytes, so that none is counted larger than it is.
    private static readonly LlamaConfig Model = new()
    {
        VocabSize = 32,
        HiddenSize = 64,
        NumAttentionHeads = 4,
        NumKeyValueHeads = 2,
        IntermediateSize = 128,
        MaxPositionEmbeddings = Length,
        TieWordEmbeddings = true,
    };

    [Test]
    public void A_block_keeps_for_backward_what_the_plan_counts()
    {
        var spec = (DecoderSpec)(Model with { NumHiddenLayers = 1 }).ToSpec(0);

        var block = HeldAfterForward(layers: 3) - HeldAfterForward(layers: 2);

        // Statistics of norms and attention are too small to be counted.
        var elements = (4 * spec.HiddenSize) + spec.Attention.PackedWidth + spec.Attention.QueryWidth + spec.UpWidth + spec.IntermediateSize;
        Assert.That(block, Is.EqualTo(sizeof(float) * Rows * Length * elements));
    }

    [TestCase(ActivationCheckpointing.Full, 1, Description = "what goes in")]
    [TestCase(ActivationCheckpointing.Selective, 2, Description = "and what attention gave")]
    public void A_block_that_runs_again_keeps_what_the_plan_counts(ActivationCheckpointing checkpointing, int widths)
    {
        var block = HeldAfterForward(layers: 4, checkpointing) - HeldAfterForward(layers: 3, checkpointing);

        Assert.That(block, Is.EqualTo(sizeof(float) * Rows * Length * widths * Model.HiddenSize));
    }

    [Test]
    public void Backward_gives_it_back_while_the_pass_still_holds_its_tensors()
    {
        using var model = Build(layers: 3);
        using var scope = torch.NewDisposeScope();
        var before = torch.memory().Live;
        var sum = Hidden(model).sum();
        var held = torch.memory().Live - before;

        sum.backward();

        Assert.That(torch.memory().Live - before, Is.LessThan(held / 3));
    }

    private static long HeldAfterForward(int layers, ActivationCheckpointing checkpointing = ActivationCheckpointing.None)
    {
        // Tensors that nobody holds are given back now rather than while this counts, and a kept block may be larger than
        // the tensor it is used for again.
        GC.Collect();
        GC.WaitForPendingFinalizers();
        torch.release_memory();
        using var model = Build(layers);
        model.Checkpointing = checkpointing;
        using var scope = torch.NewDisposeScope();
        var before = torch.memory().Live;
        _ = Hidden(model);
        return torch.memory().Live - before;
    }

    private static DecoderModel Build(int layers)
    {
        return new DecoderModel((DecoderSpec)(Model with { NumHiddenLayers = layers }).ToSpec(0), RandomKey.FromSeed(1), new FusedKernels());
    }

    private static Tensor Hidden(DecoderModel model)
    {
        return model.Hidden(new ModelInput(torch.zeros([Rows, Length], ScalarType.Int64), AttentionMask.Causal(), null));
    }
}
