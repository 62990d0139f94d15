using Granary.Core.Randomness;
using Granary.Models.Ahead;
using Granary.Models.Gpt2;
using Granary.Models.Language;
using Granary.Models.Layers;
using Granary.Models.Llama;
using Granary.Models.Past;
using Granary.Torch;
using Granary.Torch.Kernels;
using Granary.Training.Objectives;
using Granary.Training.Objectives.Hiding;

namespace Granary.Training.Tests;

public sealed class ActivationCheckpointingTests
{
    private const int Vocabulary = 61;

    private static readonly Gpt2Config Gpt2 = new() { HiddenSize = 32, NumHiddenLayers = 3, NumAttentionHeads = 4, MaxPositionEmbeddings = 64 };

    private static readonly LlamaConfig Llama = new() { HiddenSize = 32, NumHiddenLayers = 3, NumAttentionHeads = 4, NumKeyValueHeads = 2, MaxPositionEmbeddings = 64 };

    private static readonly PastConfig Past = new() { HiddenSize = 32, NumHiddenLayers = 2, NumAttentionHeads = 2, MaxPositionEmbeddings = 64 };

    private static IEnumerable<TestCaseData> Models()
    {
        (string Name, ModelConfig Model, ObjectiveConfig Objective)[] cases =
        [
            ("GPT-2", Gpt2, new NextTokenConfig()),
            ("Llama, keys shared", Llama, new NextTokenConfig()),
            ("Llama, four parallel heads", Llama, new MultiTokenConfig { Tokens = 4 }),
            ("GPT-2, a chain of heads", Gpt2, new MultiTokenConfig { Tokens = 3, Heads = AheadKind.Sequential }),
            ("a small decoder", Gpt2, new FutureTokenConfig { Tokens = 3, DecoderLayers = 1, PseudoTokens = 2 }),
            ("hidden positions of a decoder", Llama, new MlmUConfig { Hidden = HiddenForm.MaskToken }),
            ("encoder and decoder", Past, new MlmUConfig()),
            ("encoder and decoder, layer by layer", Past with { StackEncDec = false }, new MlmUConfig()),
        ];
        foreach (var (name, model, objective) in cases)
        {
            foreach (var (kernels, described) in new (ILayerKernels, string)[] { (new FusedKernels(), "fused"), (new ComposedKernels(), "composed"), (new MixedKernels(ScalarType.Float32), "mixed") })
            {
                yield return new TestCaseData(model, objective, kernels).SetArgDisplayNames(name, described);
            }
        }
    }

    [TestCaseSource(nameof(Models))]
    public void Gradients_have_the_bits_of_blocks_that_keep_everything(ModelConfig config, ObjectiveConfig objective, ILayerKernels kernels)
    {
        var plain = Of(config, objective, kernels, ActivationCheckpointing.None);

        foreach (var policy in new[] { ActivationCheckpointing.Full, ActivationCheckpointing.Selective })
        {
            Assert.That(Of(config, objective, kernels, policy), Is.EqualTo(plain), $"{policy}");
        }
    }

    [TestCase(1, 2, Description = "so few rows that products without a history take another way")]
    [TestCase(1, 1)]
    [TestCase(3, 17)]
    public void Gradients_have_the_same_bits_whatever_the_rows(int rows, int length)
    {
        var plain = Of(Llama, new NextTokenConfig(), new FusedKernels(), ActivationCheckpointing.None, rows, length);

        Assert.That(Of(Llama, new NextTokenConfig(), new FusedKernels(), ActivationCheckpointing.Full, rows, length), Is.EqualTo(plain));
    }

    [TestCase(ActivationCheckpointing.Full)]
    [TestCase(ActivationCheckpointing.Selective)]
    public void The_law_of_the_mask_holds_when_blocks_run_again_and_its_vectors_are_gone(ActivationCheckpointing policy)
    {
        foreach (var law in new Func<AttentionMask>[] { () => AttentionMask.Causal(), () => AttentionMask.Full, Segments, Ranks })
        {
            Assert.That(UnderLaw(law, policy), Is.EqualTo(UnderLaw(law, ActivationCheckpointing.None)));
        }
    }

    [Test]
    public void Evaluation_runs_blocks_once()
    {
        using var scope = torch.NewDisposeScope();
        using var model = Build(Llama, new NextTokenConfig(), new FusedKernels(), ActivationCheckpointing.Full);
        using var mode = torch.no_grad();

        Assert.That(model.Hidden(torch.zeros([2, 8], ScalarType.Int64)).requires_grad, Is.False);
    }

    [Test]
    public void A_model_refuses_a_choice_that_is_still_to_be_made()
    {
        using var model = Build(Llama, new NextTokenConfig(), new FusedKernels(), ActivationCheckpointing.None);

        Assert.That(() => model.Checkpointing = ActivationCheckpointing.Auto, Throws.ArgumentException.With.Message.Contains("none, selective or full"));
    }

    [Test]
    public void Memory_falls_to_a_few_rows_for_each_block()
    {
        var (none, selective, full) = (PeakOf(ActivationCheckpointing.None), PeakOf(ActivationCheckpointing.Selective), PeakOf(ActivationCheckpointing.Full));

        // Beside its activations the model is small; one block of twelve and its gradients are there in any case.
        Assert.That(full, Is.LessThan(0.4 * none));
        Assert.That(selective, Is.InRange(full, 0.5 * none));
    }

    private static float[] UnderLaw(Func<AttentionMask> law, ActivationCheckpointing policy)
    {
        using var scope = torch.NewDisposeScope();
        using var model = Build(Llama, new NextTokenConfig(), new FusedKernels(), policy);
        Tensor loss;
        using (var inner = torch.NewDisposeScope())
        {
            var ids = torch.tensor(Enumerable.Range(0, 16).Select(id => (long)id).ToArray(), [2, 8]);
            loss = model.Hidden(ids, law()).square().sum().MoveToOuterDisposeScope();
        }

        loss.backward();
        return Flat(model);
    }

    private static AttentionMask Segments()
    {
        var segments = torch.tensor([1, 1, 1, 2, 2, 2, 2, 0, 1, 2, 2, 2, 3, 3, 3, 3], [2, 8]);
        return AttentionMask.Causal().WithSegments(segments, segments, torch.tensor((byte[])[1, .. new byte[15]], [2, 8]));
    }

    private static AttentionMask Ranks()
    {
        var ranks = torch.tensor([3, 1, 0, 2, 7, 5, 6, 4, 0, 2, 1, 3, 4, 6, 5, 7], [2, 8]);
        return AttentionMask.Ranked(ranks, ranks);
    }

    private static long PeakOf(ActivationCheckpointing policy)
    {
        using var scope = torch.NewDisposeScope();
        var objective = new NextTokenConfig();
        using var model = Build(Llama with { HiddenSize = 64, NumHiddenLayers = 12, MaxPositionEmbeddings = 256 }, objective, new FusedKernels(), policy);
        var plan = objective.Build().Prepare(RandomRows.Of(RandomKey.FromSeed(2), Vocabulary, 16, 256), RandomKey.FromSeed(3));
        model.ClearGradients();
        ViewPass.Run(model, plan);
        var before = torch.memory().Live;
        torch.reset_peak_memory();
        ViewPass.Run(model, plan);
        return torch.memory().Peak - before;
    }

    // All gradients after two portions, and the losses.
    private static float[] Of(ModelConfig config, ObjectiveConfig objective, ILayerKernels kernels, ActivationCheckpointing policy, int rows = 2, int length = 12)
    {
        using var scope = torch.NewDisposeScope();
        using var model = Build(config, objective, kernels, policy);
        model.ClearGradients();
        var losses = new List<float>();
        foreach (var portion in new[] { 2, 3 })
        {
            var plan = Instance(objective).Prepare(RandomRows.Of(RandomKey.FromSeed(portion), Vocabulary - 1, rows, length), RandomKey.FromSeed(4));
            losses.Add((float)ViewPass.Run(model, plan));
        }

        return [.. losses, .. Flat(model)];
    }

    private static IObjective Instance(ObjectiveConfig objective) => objective is MlmUConfig { Hidden: HiddenForm.MaskToken } hiding ? hiding.BuildFor(Vocabulary - 1) : objective.Build();

    private static LanguageModel Build(ModelConfig config, ObjectiveConfig objective, ILayerKernels kernels, ActivationCheckpointing policy)
    {
        var model = config.Build(Vocabulary, objective.Needs.Ahead, RandomKey.FromSeed(1), kernels);
        model.Checkpointing = policy;
        return model;
    }

    private static float[] Flat(LanguageModel model) => [.. model.parameters().SelectMany(parameter => parameter.grad?.to_array<float>() ?? [])];
}
