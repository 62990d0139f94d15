using Granary.Core.Randomness;
using Granary.Models.Gpt2;
using Granary.Models.Language;
using Granary.Models.Llama;
using Granary.Models.Past;
using Granary.Torch;

namespace Granary.Models.Layers.Tests;

/// <summary>The CPU's kernels with rounded factors: near those of float32 in training, and the same where no gradient is asked for.</summary>
public sealed class RoundedKernelsTests
{
    private const int Vocabulary = 61;
    private const int Rows = 3;
    private const int Length = 20;

    private static readonly ModelConfig[] Configs =
    [
        new Gpt2Config { VocabSize = Vocabulary, HiddenSize = 32, NumHiddenLayers = 2, NumAttentionHeads = 4, MaxPositionEmbeddings = 64 },
        new LlamaConfig { VocabSize = Vocabulary, HiddenSize = 32, NumHiddenLayers = 3, NumAttentionHeads = 4, NumKeyValueHeads = 2, MaxPositionEmbeddings = 64, InitializerRange = 0.2 },
        new PastConfig { VocabSize = Vocabulary, HiddenSize = 32, NumHiddenLayers = 2, NumAttentionHeads = 4, MaxPositionEmbeddings = 64 },
    ];

    [TestCaseSource(nameof(Configs))]
    public void Losses_and_gradients_are_near_those_of_plain_operators(ModelConfig config)
    {
        using var scope = torch.NewDisposeScope();

        var (loss, gradients) = LossAndGradients(config, new FusedKernels(ScalarType.BFloat16));
        var (expectedLoss, expected) = LossAndGradients(config, new ComposedKernels());

        Assert.That(loss, Is.EqualTo(expectedLoss).Within(0.5).Percent.And.Not.EqualTo(expectedLoss));
        foreach (var (name, gradient) in gradients)
        {
            var reference = expected[name];
            Assert.That((gradient - reference).norm().item() / (reference.norm().item() + 1e-12), Is.LessThan(0.06), name);
        }
    }

    [TestCaseSource(nameof(Configs))]
    public void Without_gradients_nothing_is_rounded(ModelConfig config)
    {
        using var scope = torch.NewDisposeScope();
        using var mode = torch.no_grad();
        using var rounded = Build(config, new FusedKernels(ScalarType.BFloat16));
        using var plain = Build(config, new FusedKernels());

        Assert.That(Loss(rounded).item(), Is.EqualTo(Loss(plain).item()));
    }

    [Test]
    public void Changed_parameters_are_what_is_computed_with()
    {
        using var scope = torch.NewDisposeScope();
        using var model = Build(Configs[1], new FusedKernels(ScalarType.BFloat16));
        using var other = Build(Configs[1], new FusedKernels(ScalarType.BFloat16));
        _ = Loss(model);

        using (torch.no_grad())
        {
            foreach (var parameter in model.parameters().Concat(other.parameters()))
            {
                parameter.mul_(0.5);
            }
        }

        Assert.That(Loss(model).item(), Is.EqualTo(Loss(other).item()));
    }

    [Test]
    public void Factors_are_float32_or_bfloat16()
    {
        Assert.That(() => new FusedKernels(ScalarType.Float64), Throws.ArgumentException.With.Message.Contains("'Float64'"));
    }

    private static LanguageModel Build(ModelConfig config, ILayerKernels kernels) => config.Build(Vocabulary, ahead: null, RandomKey.FromSeed(7).Use("model"), kernels);

    private static (double Loss, Dictionary<string, Tensor> Gradients) LossAndGradients(ModelConfig config, ILayerKernels kernels)
    {
        using var model = Build(config, kernels);
        model.ClearGradients();
        var loss = Loss(model) * (1.0 / 57);
        loss.backward();
        return (loss.item(), model.named_parameters().ToDictionary(entry => entry.name, entry => entry.parameter.grad!.clone()));
    }

    private static Tensor Loss(LanguageModel model)
    {
        using var generator = new Generator(5);
        var ids_BT = torch.randint(0, Vocabulary, [Rows, Length], generator: generator);
        var targets_M = torch.randint(0, Vocabulary, [Rows * Length], generator: generator);
        targets_M.narrow(0, 4, 3).fill_(-100);
        return model.LossSum(model.Hidden(ids_BT), targets_M, weights_M: null);
    }
}
