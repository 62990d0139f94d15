using Granary.Models.Layers;
using Granary.Torch;
using Granary.Training.Optimizers;

namespace Granary.Models.Decoder.Tests;

/// <summary>The models against the numbers of another implementation, for each set of kernels.</summary>
[TestFixture(typeof(ComposedKernels))]
[TestFixture(typeof(FusedKernels))]
public sealed class GoldenParityTests<TKernels>
    where TKernels : ILayerKernels, new()
{
    // PyTorch's own fp32 run lies up to 7e-7 from the fp64 numbers that the files hold.
    private const double Tolerance = 1e-5;

    // Elements this much smaller than their tensor's largest are differences of larger ones; GPT-2's key biases, whose
    // gradient is zero but for rounding, are such elements.
    private const double FloorOfLargest = 2e-6;

    [TestCaseSource(typeof(GoldenModel), nameof(GoldenModel.Names))]
    public void Slices_name_every_golden_parameter_and_fill_every_own_tensor_once(string name)
    {
        using var golden = new GoldenModel(name);
        using var model = new DecoderModel(golden.Spec, key: null, new TKernels());

        Assert.That(golden.Slices.Select(slice => slice.Name), Is.EquivalentTo(golden.ParameterNames));
        foreach (var (own, tensor) in model.state_dict())
        {
            var parts = golden.Slices.Where(slice => slice.Own == own).OrderBy(slice => slice.RowStart).ToList();
            var end = parts.Aggregate(0L, (begin, slice) => slice.RowStart == begin ? begin + slice.RowCount : -1);
            Assert.That(end, Is.EqualTo(tensor.size(0)), own);
        }
    }

    [TestCaseSource(typeof(GoldenModel), nameof(GoldenModel.Names))]
    public void Logits_are_those_of_the_golden_file(string name)
    {
        using var scope = torch.NewDisposeScope();
        using var golden = new GoldenModel(name);
        using var model = golden.Build(new TKernels());

        var logits = model.Logits(model.Hidden(golden.Tensor("ids")));

        AssertClose("logits", logits.detach(), golden.Tensor("logits").view(logits.shape));
    }

    [TestCaseSource(typeof(GoldenModel), nameof(GoldenModel.Names))]
    public void Gradients_are_those_of_the_golden_file(string name)
    {
        using var scope = torch.NewDisposeScope();
        using var golden = new GoldenModel(name);
        using var model = golden.Build(new TKernels());

        var loss = golden.MeanLoss(model);
        loss.backward();

        Assert.That(loss.item(), Is.EqualTo(golden.Tensor("loss").item()).Within(Tolerance * golden.Tensor("loss").item()));
        var gradients = model.named_parameters().ToDictionary(entry => entry.name, entry => entry.parameter.grad!);
        foreach (var slice in golden.Slices)
        {
            AssertClose(slice.Name, slice.View(gradients), golden.Tensor($"gradients.{slice.Name}"));
        }
    }

    [TestCaseSource(typeof(GoldenModel), nameof(GoldenModel.Names))]
    public void Ten_updates_give_the_losses_of_the_golden_file(string name)
    {
        using var scope = torch.NewDisposeScope();
        using var golden = new GoldenModel(name);
        using var model = golden.Build(new TKernels());
        using var optimizer = new ReferenceAdamW(model.parameters())
        {
            Rate = golden.Setting("lr"),
            Beta1 = golden.Settings("betas")[0],
            Beta2 = golden.Settings("betas")[1],
            Epsilon = golden.Setting("eps"),
            WeightDecay = golden.Setting("weight_decay"),
            MaxGradNorm = golden.Setting("max_grad_norm"),
        };
        var losses = golden.Tensor("losses").data<double>().ToArray();
        var norms = golden.Tensor("gradient_norms").data<double>().ToArray();

        for (var step = 0; step < losses.Length; step++)
        {
            model.zero_grad();
            var loss = golden.MeanLoss(model);
            loss.backward();
            var norm = optimizer.Step();

            Assert.That(loss.item(), Is.EqualTo(losses[step]).Within(Tolerance * losses[step]), $"loss of step {step}");
            Assert.That(norm, Is.EqualTo(norms[step]).Within(Tolerance * norms[step]), $"gradient norm of step {step}");
        }
    }

    [Test]
    public void Ten_updates_of_the_trainers_optimizers_give_the_losses_of_the_golden_file(
        [ValueSource(typeof(GoldenModel), nameof(GoldenModel.Names))] string name, [Values] bool isFused)
    {
        using var scope = torch.NewDisposeScope();
        using var golden = new GoldenModel(name);
        using var model = golden.Build(new TKernels());
        var config = new AdamWConfig
        {
            Beta1 = golden.Settings("betas")[0],
            Beta2 = golden.Settings("betas")[1],
            Epsilon = golden.Setting("eps"),
            WeightDecay = golden.Setting("weight_decay"),
        };
        using IOptimizer optimizer = isFused ? new FusedAdamW(config, model.named_parameters()) : new AdamW(config, model.named_parameters());
        var losses = golden.Tensor("losses").data<double>().ToArray();

        for (var step = 0; step < losses.Length; step++)
        {
            model.zero_grad();
            var loss = golden.MeanLoss(model);
            loss.backward();
            var clip = Math.Min(1, golden.Setting("max_grad_norm") / (optimizer.GradientNorm() + 1e-6));
            optimizer.Step(step + 1, golden.Setting("lr"), clip);

            Assert.That(loss.item(), Is.EqualTo(losses[step]).Within(Tolerance * losses[step]), $"loss of step {step}");
        }
    }

    private static void AssertClose(string name, Tensor actual, Tensor expected)
    {
        var (wide, truth) = (actual.to(ScalarType.Float64).contiguous(), expected.to(ScalarType.Float64).contiguous());
        Assert.That(wide.shape, Is.EqualTo(truth.shape), name);
        Assert.That((wide - truth).norm().item(), Is.LessThanOrEqualTo(Tolerance * truth.norm().item()), $"{name}, as a whole");

        var floor = FloorOfLargest * truth.abs().max().item();
        var found = wide.data<double>();
        var wanted = truth.data<double>();
        for (var index = 0; index < found.Length; index++)
        {
            Assert.That(found[index], Is.EqualTo(wanted[index]).Within((Tolerance * Math.Abs(wanted[index])) + floor), $"{name}, element {index}");
        }
    }
}
