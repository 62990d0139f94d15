using System.Globalization;
using Granary.Torch;

namespace Granary.Gpu.Tests;

/// <summary>
/// Compares a kernel with a composition of operators in float64 in main memory: outputs, and the gradients of all inputs. In
/// float32 the largest difference counts, in bfloat16 the root of the mean square beside that of the composition in plain bfloat16.
/// </summary>
internal static class KernelComparison
{
    // float32 has units of 6e-8; sums of some thousand terms lose a factor of some hundred.
    private const double Float32Share = 1e-4;

    // What the composition in bfloat16 may be exceeded by, and what counts as nothing: a quarter of the type's unit.
    private const double BFloat16Factor = 2;
    private const double BFloat16Floor = 1e-3;

    /// <summary>Fails where an output or a gradient is further off than its type allows.</summary>
    internal static void Verify(ScalarType type, Func<Tensor[], Tensor[]> tested, Func<Tensor[], Tensor[]> composed, params KernelInput[] inputs)
    {
        var exact = TestDevice.OnCpu(() => Run(composed, inputs, torch.CPU, (ScalarType.Float64, ScalarType.Float64), type));
        var actual = Run(tested, inputs, TestDevice.Current, (type, ScalarType.Float32), type);
        var plain = type == ScalarType.Float32 ? null : Run(composed, inputs, TestDevice.Current, (type, type), type);

        Assert.That(actual.Select(result => result.Name), Is.EqualTo(exact.Select(result => result.Name)));
        for (var index = 0; index < exact.Count; index++)
        {
            var name = exact[index].Name;
            var error = Error(type, actual[index].Values, exact[index].Values, name);
            var allowed = plain is null ? Float32Share : Math.Max(BFloat16Floor, BFloat16Factor * Error(type, plain[index].Values, exact[index].Values, name));
            Assert.That(error, Is.LessThanOrEqualTo(allowed), string.Create(CultureInfo.InvariantCulture, $"{name}: relative error {error:E2}, allowed {allowed:E2}"));
        }
    }

    /// <summary>How far values are off, relative to what they should be; NaN where one is not finite and should be.</summary>
    internal static double Error(ScalarType type, double[] actual, double[] exact, string name)
    {
        Assert.That(actual, Has.Length.EqualTo(exact.Length), name);
        var (worst, largest, squares, exactSquares) = (0.0, 0.0, 0.0, 0.0);
        for (var index = 0; index < exact.Length; index++)
        {
            // The lse of a query that sees nothing.
            if (double.IsNegativeInfinity(exact[index]) && double.IsNegativeInfinity(actual[index]))
            {
                continue;
            }

            var difference = actual[index] - exact[index];
            worst = double.IsFinite(difference) ? Math.Max(worst, Math.Abs(difference)) : double.NaN;
            largest = Math.Max(largest, Math.Abs(exact[index]));
            squares += difference * difference;
            exactSquares += exact[index] * exact[index];
        }

        return type == ScalarType.Float32 ? worst / Math.Max(largest, 1e-30) : Math.Sqrt(squares / Math.Max(exactSquares, 1e-30));
    }

    private static List<(string Name, double[] Values)> Run(
        Func<Tensor[], Tensor[]> work, KernelInput[] inputs, Device device, (ScalarType Computed, ScalarType Stored) types, ScalarType rounded)
    {
        using var scope = torch.NewDisposeScope();
        var leaves = Array.ConvertAll(inputs, input => input.For(device, types.Computed, types.Stored, rounded));

        // Kernels may write over their inputs, which leaves must not be.
        var handed = leaves.Zip(inputs, (leaf, input) => input.Role == InputRole.Activation ? leaf.clone() : leaf).ToArray();
        var outputs = work(handed);
        var results = outputs.Select((output, index) => ($"output {index}", Doubles(output))).ToList();
        if (!torch.is_grad_enabled() || !outputs.Any(output => output.requires_grad))
        {
            return results;
        }

        Weigh(outputs, rounded).backward();
        for (var index = 0; index < leaves.Length; index++)
        {
            if (inputs[index].Role != InputRole.Given && leaves[index].grad is { } gradient)
            {
                results.Add(($"gradient of input {index}", Doubles(gradient)));
            }
        }

        return results;
    }

    // Fixed random weights, rounded as the gradient of an output of the type would be.
    private static Tensor Weigh(Tensor[] outputs, ScalarType rounded)
    {
        var sums = outputs.Where(output => output.requires_grad).Select(output =>
        {
            var weights = KernelInput.Activation([.. output.shape]).Values.to(rounded).to(output.device, output.dtype);
            return output.mul(weights).to(output.dtype == ScalarType.Float64 ? ScalarType.Float64 : ScalarType.Float32).sum();
        });
        return sums.Aggregate((sum, next) => sum.add(next));
    }

    private static double[] Doubles(Tensor tensor) => tensor.detach().to(torch.CPU, ScalarType.Float64).to_array<double>();
}
