using Granary.Core.Randomness;
using Granary.Models;
using Granary.Models.Decoder;
using Granary.Models.Layers;
using Granary.Torch;

namespace Granary.Training.Optimizers.Tests;

public sealed class MuonTests
{
    private static readonly MuonConfig Config = new() { Momentum = 0.9, WeightDecay = 0.1 };

    [TestCase(true)]
    [TestCase(false)]
    public void Three_updates_equal_the_formula(bool nesterov)
    {
        using var scope = torch.NewDisposeScope();
        var weight = torch.tensor([1f, 2f, 3f, 4f, 5f, 6f], [2, 3], requires_grad: true);
        using var muon = Build(Config with { Nesterov = nesterov }, new OptimizedTensor("weight", weight, IsDecayed: true) { MatrixRows = [2] });
        var (expected, momentum) = (torch.tensor([1f, 2f, 3f, 4f, 5f, 6f], [2, 3]), torch.zeros([2, 3]));

        for (var update = 1; update <= 3; update++)
        {
            var gradient = NewtonSchulzTests.Random(2, 3, seed: update);
            weight.grad = gradient.clone();
            muon.Step(update, learningRate: 0.01, gradientScale: 0.5);
            momentum = (momentum * 0.9) + (gradient * 0.05);
            var direction = nesterov ? (gradient * 0.05) + (momentum * 0.9) : momentum;
            expected = (expected * (1 - (0.01 * 0.1))) - (NewtonSchulz.Orthogonalized(direction, steps: 5) * (0.01 * 0.2 * Math.Sqrt(3)));
        }

        Assert.That(weight.detach().data<float>().ToArray(), Is.EqualTo(expected.contiguous().data<float>().ToArray()).Within(1e-4));
    }

    [Test]
    public void Matrices_of_one_parameter_are_made_orthogonal_each_by_itself()
    {
        using var scope = torch.NewDisposeScope();
        var gradient = NewtonSchulzTests.Random(6, 4);
        var together = torch.zeros([6, 4], requires_grad: true);
        var apart = new[] { torch.zeros([4, 4], requires_grad: true), torch.zeros([2, 4], requires_grad: true) };
        using var joint = Build(Config, new OptimizedTensor("joint", together, IsDecayed: true) { MatrixRows = [4, 2] });
        using var single = Build(Config, [.. apart.Select((tensor, i) => new OptimizedTensor($"single.{i}", tensor, IsDecayed: true) { MatrixRows = [tensor.size(0)] })]);

        together.grad = gradient;
        apart[0].grad = gradient.narrow(0, 0, 4).clone();
        apart[1].grad = gradient.narrow(0, 4, 2).clone();
        joint.Step(1, learningRate: 0.1, gradientScale: 1);
        single.Step(1, learningRate: 0.1, gradientScale: 1);

        float[] expected = [.. apart[0].detach().data<float>().ToArray(), .. apart[1].detach().data<float>().ToArray()];
        Assert.That(together.detach().data<float>().ToArray(), Is.EqualTo(expected));
    }

    [Test]
    public void What_is_no_matrix_of_a_block_takes_AdamW()
    {
        using var scope = torch.NewDisposeScope();
        var tensors = new[] { torch.ones([3], requires_grad: true), torch.ones([3], requires_grad: true) };
        using var muon = Build(Config, new OptimizedTensor("bias", tensors[0], IsDecayed: false));
        using var adamW = new AdamW(Config.ToAdamW(), [new OptimizedTensor("bias", tensors[1], IsDecayed: false)]);

        foreach (var tensor in tensors)
        {
            tensor.grad = torch.tensor([0.5f, -1f, 2f]);
        }

        muon.Step(1, learningRate: 0.1, gradientScale: 1);
        adamW.Step(1, learningRate: 0.1, gradientScale: 1);

        Assert.That(tensors[0].detach().data<float>().ToArray(), Is.EqualTo(tensors[1].detach().data<float>().ToArray()));
        Assert.That(muon.State.Select(entry => entry.Name), Is.EqualTo(new[] { "exp_avg.bias", "exp_avg_sq.bias" }));
    }

    [Test]
    public void The_gradient_norm_is_that_of_matrices_and_others_together()
    {
        using var scope = torch.NewDisposeScope();
        var (matrix, bias) = (torch.zeros([1, 2], requires_grad: true), torch.zeros([1], requires_grad: true));
        using var muon = Build(Config, new OptimizedTensor("matrix", matrix, IsDecayed: true) { MatrixRows = [1] }, new OptimizedTensor("bias", bias, IsDecayed: false));

        matrix.grad = torch.tensor([3f, 0f], [1, 2]);
        bias.grad = torch.tensor([4f]);

        Assert.That(muon.GradientNorm(), Is.EqualTo(5).Within(1e-12));
    }

    [TestCase("llama-30m", 3, 2, Description = "queries, keys and values; gate and up")]
    [TestCase("gpt2-124m", 3, 1, Description = "no gate")]
    public void A_model_names_its_matrices_and_the_maps_in_them(string preset, int maps, int up)
    {
        using var scope = torch.NewDisposeScope();
        var config = ModelPresets.Named(preset) with { NumHiddenLayers = 2, VocabSize = 64 };
        using var model = new DecoderModel(config.ToSpec(64), RandomKey.FromSeed(1), new ComposedKernels());
        var parameters = model.named_parameters().ToDictionary(entry => entry.name, entry => entry.parameter);

        var matrices = model.HiddenMatrices();

        Assert.That(matrices.Keys, Is.SubsetOf(parameters.Keys));
        Assert.That(matrices.Select(entry => entry.Value.Sum()), Is.EqualTo(matrices.Keys.Select(name => parameters[name].size(0))));
        Assert.That(matrices["layers.0.qkv.weight"], Has.Count.EqualTo(maps));
        Assert.That(matrices["layers.1.mlp_up.weight"], Has.Count.EqualTo(up));
        Assert.That(parameters.Keys.Except(matrices.Keys).Where(name => parameters[name].ndim == 2), Is.All.Contains("embed").Or.Contains("head"));
    }

    private static Muon Build(MuonConfig config, params OptimizedTensor[] tensors)
    {
        return new Muon(config, tensors, others => new AdamW(config.ToAdamW(), others));
    }
}
