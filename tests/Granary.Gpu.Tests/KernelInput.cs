using Granary.Torch;

namespace Granary.Gpu.Tests;

/// <summary>What a kernel is given, kept in main memory as float32 or as integers.</summary>
/// <param name="Values">The elements.</param>
/// <param name="Role">Whether it has the type of the computation, and a gradient.</param>
internal sealed record KernelInput(Tensor Values, InputRole Role)
{
    /// <summary>Standard normal numbers that depend on the shape alone, in the type of the computation.</summary>
    internal static KernelInput Activation(params long[] shape) => new(Random(shape), InputRole.Activation);

    /// <summary>The same, small, as a float32 parameter.</summary>
    internal static KernelInput Parameter(params long[] shape) => new(Random(shape).mul(0.2), InputRole.Parameter);

    /// <summary>A norm's weights, about 1.</summary>
    internal static KernelInput Scale(long width) => new(Random(width).mul(0.1).add(1), InputRole.Parameter);

    /// <summary>Integers, or numbers in the type of parameters, without a gradient.</summary>
    internal static KernelInput Given(Tensor values) => new(values.cpu(), InputRole.Given);

    /// <summary>Integers below a bound that depend on the bound and the count alone.</summary>
    internal static KernelInput Ids(long count, long below)
    {
        return Given(TestDevice.OnCpu(() => torch.tensor([.. Enumerable.Range(0, (int)count).Select(place => (place * 7919L) % 104_729 % below)])));
    }

    /// <summary>The same numbers as another input's, which lie otherwise: the first positions of rows that are longer.</summary>
    internal KernelInput First(int positions) => this with { Values = Values.narrow(1, 0, positions) };

    /// <summary>The same numbers in another shape.</summary>
    internal KernelInput Reshaped(params long[] shape) => this with { Values = Values.reshape(shape) };

    /// <summary>A leaf for a computation in a type, on a device; parameters have a type of their own.</summary>
    internal Tensor For(Device device, ScalarType computed, ScalarType stored, ScalarType rounded)
    {
        if (!Values.dtype.IsFloatingPoint())
        {
            return Values.to(device);
        }

        // Activations are rounded first, so that every computation starts from the same numbers.
        return Role switch
        {
            InputRole.Activation => Values.to(rounded).to(device, computed, copy: true).requires_grad_(),
            InputRole.Parameter => Values.to(device, stored, copy: true).requires_grad_(),
            _ => Values.to(device, stored, copy: true),
        };
    }

    private static Tensor Random(params long[] shape)
    {
        using var generator = new Generator(shape.Aggregate(17L, (seed, size) => (31 * seed) + size));
        return torch.randn(shape, generator: generator).cpu();
    }
}
