using Granary.Testing;

namespace Granary.Torch.Kernels.Tests;

/// <summary>Compares a fused kernel with a composition of operators in float64: outputs, and the gradients of every input.</summary>
internal static class KernelComparison
{
    // The kernels compute in float32, whose unit is 6e-8; sums of some hundred terms of order 1 lose a factor of some ten.
    private const double Relative = 1e-4;
    private const double Absolute = 1e-5;

    /// <summary>Floating inputs are leaves, in float32 for the kernel and in float64 for the reference; others are handed on.</summary>
    public static void Verify(Func<Tensor[], Tensor[]> fused, Func<Tensor[], Tensor[]> reference, params Tensor[] inputs)
    {
        using var scope = torch.NewDisposeScope();
        var single = Array.ConvertAll(inputs, input => LeafOf(input, ScalarType.Float32));
        var exact = Array.ConvertAll(inputs, input => LeafOf(input, ScalarType.Float64));
        var outputs = fused(single);
        var expected = reference(exact);

        Assert.That(outputs, Has.Length.EqualTo(expected.Length));
        for (var index = 0; index < outputs.Length; index++)
        {
            AreClose(outputs[index], expected[index], $"output {index}");
        }

        Weigh(outputs).backward();
        Weigh(expected).backward();
        for (var index = 0; index < inputs.Length; index++)
        {
            if (exact[index].grad is { } gradient)
            {
                AreClose(single[index].grad!, gradient, $"gradient of input {index}");
            }
        }
    }

    /// <summary>Standard normal numbers that depend on the shape alone.</summary>
    public static Tensor Random(params long[] shape)
    {
        using var generator = new Generator(shape.Aggregate(17L, (seed, size) => (31 * seed) + size));
        return torch.randn(shape, generator: generator);
    }

    private static Tensor LeafOf(Tensor input, ScalarType type)
    {
        return input.dtype.IsFloatingPoint() ? input.detach().to(type, copy: true).requires_grad_() : input;
    }

    private static void AreClose(Tensor actual, Tensor expected, string name)
    {
        TensorAssert.AreClose(actual.detach().to(ScalarType.Float64), expected.detach(), Relative, Absolute, name);
    }

    // A query that sees nothing has an lse of -inf, whose weight is zero.
    private static Tensor Weigh(Tensor[] outputs)
    {
        var sums = outputs.Where(output => output.requires_grad).Select(output =>
        {
            var weights = Random(output.shape).to(output.dtype);
            return output.masked_fill(output.isfinite().logical_not(), 0).mul(weights).sum().to(ScalarType.Float64);
        });
        return sums.Aggregate((sum, next) => sum.add(next));
    }
}
