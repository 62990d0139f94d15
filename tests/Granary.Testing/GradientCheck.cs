using Granary.Torch;

namespace Granary.Testing;

/// <summary>Compares the gradients that backward gives with central differences, in float64.</summary>
public static class GradientCheck
{
    // In float64 a step of 1e-6 leaves about 1e-10 of rounding and 1e-12 of curvature in a difference of order 1.
    private const double Step = 1e-6;

    /// <summary>
    /// Fails unless, for every float64 input, backward and central differences agree. The outputs are weighed with fixed
    /// random numbers, so that no error cancels in their sum. The function is called twice for each element of an input, and
    /// inputs of other types are handed on as they are.
    /// </summary>
    public static void Verify(Func<Tensor[], Tensor[]> function, Tensor[] inputs, double rtol = 1e-5, double atol = 1e-7)
    {
        using var scope = torch.NewDisposeScope();
        var leaves = Array.ConvertAll(inputs, input => input.dtype == ScalarType.Float64 ? input.detach().clone().requires_grad_() : input);
        var weights = function(leaves).Select(WeightsFor).ToArray();
        var loss = Weigh(function(leaves), weights);
        var floating = Array.FindAll(leaves, leaf => leaf.requires_grad);
        var gradients = torch.autograd.grad([loss], floating, allow_unused: true);

        for (var index = 0; index < floating.Length; index++)
        {
            var numeric = Differences(floating[index], () => Weigh(function(leaves), weights).item());
            TensorAssert.AreClose(gradients[index] ?? torch.zeros_like(numeric), numeric, rtol, atol, $"gradient of input {Array.IndexOf(leaves, floating[index])}");
        }
    }

    /// <summary>The same for a function of one output.</summary>
    public static void Verify(Func<Tensor[], Tensor> function, Tensor[] inputs, double rtol = 1e-5, double atol = 1e-7)
    {
        Verify(given => [function(given)], inputs, rtol, atol);
    }

    private static Tensor WeightsFor(Tensor output, int position)
    {
        using var generator = new Generator(1_234 + position);
        return torch.randn(output.shape, ScalarType.Float64, generator);
    }

    private static Tensor Weigh(Tensor[] outputs, Tensor[] weights)
    {
        return outputs.Zip(weights, (output, weight) => output.mul(weight).sum()).Aggregate((sum, next) => sum.add(next));
    }

    private static Tensor Differences(Tensor input, Func<double> loss)
    {
        using var mode = torch.no_grad();
        var result = torch.zeros_like(input);
        var elements = input.data<double>();
        for (var index = 0; index < elements.Length; index++)
        {
            using var scope = torch.NewDisposeScope();
            var kept = elements[index];
            elements[index] = kept + Step;
            var above = loss();
            elements[index] = kept - Step;
            var below = loss();
            elements[index] = kept;
            result.data<double>()[index] = (above - below) / (2 * Step);
        }

        return result;
    }
}
