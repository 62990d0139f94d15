using Granary.Testing;
using Granary.Torch.Kernels.Mixed;

namespace Granary.Torch.Kernels.Tests;

/// <summary>FusedLinear with rounded factors against products in float64 of factors that are rounded to bfloat16.</summary>
public sealed class FusedLinearRoundedTests : TensorFixture
{
    // Sums of at most a hundred products of numbers near one, in float32.
    private const double Relative = 1e-5;
    private const double Absolute = 1e-5;

    private static readonly (int Rows, int Inputs, int Outputs)[] Shapes = [(1, 1, 1), (1, 33, 7), (5, 64, 100), (70, 17, 33)];

    [Test]
    public void Products_and_gradients_are_those_of_rounded_factors([ValueSource(nameof(Shapes))] (int Rows, int Inputs, int Outputs) shape, [Values] bool hasBias)
    {
        using var generator = new Generator(3);
        var (x, weight, gradient) = (Random(generator, shape.Rows, shape.Inputs), Random(generator, shape.Outputs, shape.Inputs), torch.randn([shape.Rows, shape.Outputs], generator: generator));
        var bias = hasBias ? torch.randn([shape.Outputs], generator: generator).requires_grad_() : null;

        var y = Apply(x, weight, bias);
        y.backward(gradient);

        var (xs, weights, gradients) = (Rounded(x), Rounded(weight), Rounded(gradient));
        var product = xs.mm(weights.t());
        TensorAssert.AreClose(y.to(ScalarType.Float64), bias is null ? product : product + bias.detach().to(ScalarType.Float64), Relative, Absolute);
        TensorAssert.AreClose(x.grad!.to(ScalarType.Float64), gradients.mm(weights), Relative, Absolute);
        TensorAssert.AreClose(weight.grad!.to(ScalarType.Float64), gradients.t().mm(xs), Relative, Absolute);
        if (bias is not null)
        {
            TensorAssert.AreClose(bias.grad!.to(ScalarType.Float64), gradient.to(ScalarType.Float64).sum(0), Relative, Absolute);
        }
    }

    [Test]
    public void Gradients_add_up_where_they_lie()
    {
        using var generator = new Generator(3);
        var (x, weight, bias) = (Random(generator, 5, 12), Random(generator, 9, 12), torch.randn([9], generator: generator).requires_grad_());
        Apply(x, weight, bias).sum().backward();
        var (once, onceOfBias, place) = (weight.grad!.clone(), bias.grad!.clone(), weight.grad!.Handle);

        Apply(x, weight, bias).sum().backward();

        TensorAssert.AreClose(weight.grad!, once * 2.0, 1e-6, 1e-6);
        TensorAssert.AreClose(bias.grad!, onceOfBias * 2.0, 1e-6, 1e-6);
        Assert.That(weight.grad!.Handle, Is.EqualTo(place));
    }

    [Test]
    public void A_computed_weight_has_its_gradient_passed_on()
    {
        using var generator = new Generator(3);
        var (x, weight) = (Random(generator, 5, 12), Random(generator, 9, 12));

        Apply(x, weight * 2.0, bias_O: null).sum().backward();

        TensorAssert.AreClose(weight.grad!.to(ScalarType.Float64), Rounded(x).sum(0).mul(2.0).expand(9, 12), Relative, Absolute);
    }

    [Test]
    public void The_optimizer_writes_the_copy_that_is_multiplied_next()
    {
        using var generator = new Generator(3);
        var (x, weight) = (Random(generator, 5, 12), Random(generator, 9, 12));
        Apply(x, weight, bias_O: null).sum().backward();
        var copy = MixedValues.Of(weight, ScalarType.BFloat16);

        FusedAdamW.Step(
            [new AdamWParameter(weight, weight.grad!, torch.zeros(9, 12), torch.zeros(9, 12), WeightDecay: 0)],
            new AdamWSettings { LearningRate = 0.3, Step = 1, Beta1 = 0.9, Beta2 = 0.95, Epsilon = 1e-8, GradientScale = 1 });

        Assert.That(copy.to(ScalarType.Float32).to_array<float>(), Is.EqualTo(weight.detach().to(ScalarType.BFloat16).to(ScalarType.Float32).to_array<float>()));
        TensorAssert.AreClose(Apply(x, weight, bias_O: null).to(ScalarType.Float64), Rounded(x).mm(Rounded(weight).t()), Relative, Absolute);
    }

    [Test]
    public void Another_type_or_width_is_refused()
    {
        var (x, weight) = (torch.ones(3, 4), torch.ones(5, 4));

        Assert.Throws<ArgumentException>(() => Apply(x.to(ScalarType.Float64), weight, null));
        Assert.Throws<ArgumentException>(() => Apply(x, weight.to(ScalarType.BFloat16), null));
        Assert.Throws<ArgumentException>(() => Apply(torch.ones(3, 5), weight, null));
    }

    private static Tensor Apply(Tensor x, Tensor weight, Tensor? bias_O) => FusedLinear.Apply(x, weight, bias_O, areRounded: true);

    private static Tensor Random(Generator generator, int rows, int columns) => torch.randn([rows, columns], generator: generator).requires_grad_();

    private static Tensor Rounded(Tensor tensor) => tensor.detach().to(ScalarType.BFloat16).to(ScalarType.Float64);
}
