using Granary.Core.Randomness;
using Granary.Models.Decoder;
using Granary.Models.Gpt2;
using Granary.Models.Language;
using Granary.Models.Llama;
using Granary.Models.Past;
using Granary.Torch;
using Granary.Torch.Kernels.Mixed;

namespace Granary.Models.Layers.Tests;

/// <summary>Layers in bfloat16 with float32 parameters are those of plain operators, within what the type can hold.</summary>
public sealed class MixedKernelsTests
{
    private const int Vocabulary = 61;
    private const int Rows = 3;
    private const int Length = 20;

    private static readonly RandomKey Key = RandomKey.FromSeed(7);

    private static readonly ModelConfig[] Configs =
    [
        new Gpt2Config { VocabSize = Vocabulary, HiddenSize = 32, NumHiddenLayers = 2, NumAttentionHeads = 4, MaxPositionEmbeddings = 64 },
        new LlamaConfig { VocabSize = Vocabulary, HiddenSize = 32, NumHiddenLayers = 3, NumAttentionHeads = 4, NumKeyValueHeads = 2, MaxPositionEmbeddings = 64, InitializerRange = 0.2 },
        new PastConfig { VocabSize = Vocabulary, HiddenSize = 32, NumHiddenLayers = 2, NumAttentionHeads = 4, MaxPositionEmbeddings = 64 },
    ];

    [TestCaseSource(nameof(Configs))]
    public void Losses_and_gradients_in_float32_are_those_of_plain_operators(ModelConfig config)
    {
        using var scope = torch.NewDisposeScope();

        var (loss, gradients) = LossAndGradients(config, new MixedKernels(ScalarType.Float32));
        var (expectedLoss, expected) = LossAndGradients(config, new ComposedKernels());

        Assert.That(loss, Is.EqualTo(expectedLoss).Within(1e-4).Percent);
        Verify(gradients, expected, tolerance: 1e-5);
    }

    [TestCaseSource(nameof(Configs))]
    public void Losses_and_gradients_in_bfloat16_are_near_them(ModelConfig config)
    {
        using var scope = torch.NewDisposeScope();

        var (loss, gradients) = LossAndGradients(config, new MixedKernels(ScalarType.BFloat16));
        var (expectedLoss, expected) = LossAndGradients(config, new ComposedKernels());

        Assert.That(loss, Is.EqualTo(expectedLoss).Within(0.5).Percent);
        Verify(gradients, expected, tolerance: 0.06);
    }

    [Test]
    public void Gradients_add_up_over_portions_and_start_anew_with_a_step()
    {
        using var scope = torch.NewDisposeScope();
        using var model = Build(Configs[1], new MixedKernels(ScalarType.Float32));
        RunBack(model);
        var once = model.named_parameters().Select(entry => (entry.name, Gradient: entry.parameter.grad!.clone())).ToList();
        var places = model.parameters().Select(parameter => PlaceOf(parameter.grad!)).ToList();

        RunBack(model);
        var twice = model.named_parameters().Select(entry => (entry.name, Gradient: entry.parameter.grad! * 0.5)).ToList();
        model.ClearGradients();
        var afterClear = model.parameters().Count(parameter => parameter.grad is not null);
        RunBack(model);

        Verify(twice, once, tolerance: 1e-6);
        Assert.That(afterClear, Is.Zero);
        Verify([.. model.named_parameters().Select(entry => (entry.name, entry.parameter.grad!))], once, tolerance: 0);
        Assert.That(model.parameters().Select(parameter => PlaceOf(parameter.grad!)), Is.EqualTo(places), "the memory is the same every step");
    }

    [Test]
    public void A_gradient_that_was_dropped_can_be_had_again()
    {
        using var scope = torch.NewDisposeScope();
        using var model = Build(Configs[1], new MixedKernels(ScalarType.BFloat16));
        RunBack(model);
        var parameter = model.parameters().First();
        var before = parameter.grad!.to_array<float>();

        model.ClearGradients();
        MixedValues.RestoreGradient(parameter);

        Assert.That(parameter.grad!.to_array<float>(), Is.EqualTo(before));
    }

    [Test]
    public void Changed_parameters_are_what_is_computed_with()
    {
        using var scope = torch.NewDisposeScope();
        using var model = Build(Configs[1], new MixedKernels(ScalarType.BFloat16));
        var before = Loss(model).item();

        using (torch.no_grad())
        {
            foreach (var parameter in model.parameters())
            {
                parameter.mul_(0.5);
            }
        }

        Assert.That(Loss(model).item(), Is.Not.EqualTo(before));
    }

    [Test]
    public void Texts_are_written_in_bfloat16_too()
    {
        using var scope = torch.NewDisposeScope();
        using var mode = torch.no_grad();
        using var model = (DecoderModel)Build(Configs[1], new MixedKernels(ScalarType.BFloat16));
        using var cache = new KeyValueCache(model.Spec, batch: 1, capacity: 16);
        var ids_BT = Ids([1, 6]);

        var whole_NC = model.Hidden(ids_BT).to(ScalarType.Float32);
        _ = model.Hidden(ids_BT.narrow(1, 0, 5), cache);
        var last_NC = model.Hidden(ids_BT.narrow(1, 5, 1), cache).to(ScalarType.Float32);

        Assert.That((last_NC - whole_NC.narrow(0, 5, 1)).abs().max().item(), Is.LessThan(0.1));
    }

    private static long PlaceOf(Tensor gradient)
    {
        unsafe
        {
            return (long)gradient.DataPointer();
        }
    }

    private static LanguageModel Build(ModelConfig config, ILayerKernels kernels) => config.Build(Vocabulary, ahead: null, Key.Use("model"), kernels);

    private static (double Loss, List<(string Name, Tensor Gradient)> Gradients) LossAndGradients(ModelConfig config, ILayerKernels kernels)
    {
        using var model = Build(config, kernels);
        model.ClearGradients();
        var loss = RunBack(model);
        return (loss, [.. model.named_parameters().Select(entry => (entry.name, entry.parameter.grad!.clone()))]);
    }

    private static double RunBack(LanguageModel model)
    {
        // The scale comes from outside, as a tensor.
        var loss = Loss(model) * torch.tensor(1.0 / 57);
        loss.backward();
        return loss.item();
    }

    private static Tensor Loss(LanguageModel model)
    {
        using var generator = new Generator(5);
        var targets_M = torch.randint(0, Vocabulary, [Rows * Length], generator: generator);
        targets_M.narrow(0, 4, 3).fill_(-100);
        var weights_M = torch.rand([Rows * Length], generator: generator);
        return model.LossSum(model.Hidden(Ids([Rows, Length])), targets_M, weights_M);
    }

    private static Tensor Ids(long[] shape)
    {
        using var generator = new Generator(11);
        return torch.randint(0, Vocabulary, shape, generator: generator);
    }

    private static void Verify(List<(string Name, Tensor Gradient)> actual, List<(string Name, Tensor Gradient)> expected, double tolerance)
    {
        Assert.That(actual.Select(entry => entry.Name), Is.EqualTo(expected.Select(entry => entry.Name)));
        foreach (var ((name, gradient), (_, reference)) in actual.Zip(expected))
        {
            var error = (gradient - reference).norm().item() / (reference.norm().item() + 1e-12);
            Assert.That(error, Is.LessThanOrEqualTo(tolerance), name);
        }
    }
}
