using Granary.Torch.Native;

namespace Granary.Torch.Kernels;

/// <summary>
/// AdamW, the gradients' norm and bulk filling and scaling, each in one pass over many tensors; float32 on the CPU. A parameter's
/// bfloat16 copy is written in the pass that changes it.
/// </summary>
public static unsafe class FusedAdamW
{
    /// <summary>PyTorch's AdamW update of every parameter.</summary>
    /// <exception cref="ArgumentException">A tensor is not float32 on the CPU without gaps, or the four differ in size.</exception>
    public static void Step(IReadOnlyList<AdamWParameter> parameters, in AdamWSettings settings)
    {
        var natives = new NativeAdamWParameter[parameters.Count];
        for (var index = 0; index < natives.Length; index++)
        {
            natives[index] = NativeOf(parameters[index]);
        }

        var native = settings.ToNative();
        fixed (NativeAdamWParameter* first = natives)
        {
            using var part = Profiler.Kernel("granary::adamw", operations: 0, 7.0 * sizeof(float) * natives.Sum(parameter => parameter.Count));
            NativeStatus.Check(NativeMethods.gn_kernels_optimizer_adamw(first, natives.Length, &native, KernelArguments.Threads));
        }

        foreach (var parameter in parameters)
        {
            parameter.Value.BumpVersion();
            parameter.ExpAvg.BumpVersion();
            parameter.ExpAvgSq.BumpVersion();
            if (parameter.Value.CompanionsIfAny is { ExistingCopy: not null } companions)
            {
                companions.MarkFresh();
            }

            GC.KeepAlive(parameter.Gradient);
        }
    }

    /// <summary>The sum of the squares of all elements, in double precision; finite if and only if every element is.</summary>
    public static double SumOfSquares(IReadOnlyList<Tensor> tensors)
    {
        var spans = SpansOf(tensors);
        double sum;
        fixed (NativeSpan* first = spans)
        {
            using var part = Profiler.Kernel("granary::sum_squares", operations: 0, sizeof(float) * spans.Sum(span => (double)span.Count));
            NativeStatus.Check(NativeMethods.gn_kernels_optimizer_sum_squares(first, spans.Length, &sum, KernelArguments.Threads));
        }

        GC.KeepAlive(tensors);
        return sum;
    }

    /// <summary>Multiplies every element.</summary>
    public static void Scale(IReadOnlyList<Tensor> tensors, double factor)
    {
        var spans = SpansOf(tensors);
        fixed (NativeSpan* first = spans)
        {
            using var part = Profiler.Kernel("granary::scale", operations: 0, 2 * sizeof(float) * spans.Sum(span => (double)span.Count));
            NativeStatus.Check(NativeMethods.gn_kernels_optimizer_scale(first, spans.Length, (float)factor, KernelArguments.Threads));
        }

        CountChanges(tensors);
    }

    /// <summary>Sets every element.</summary>
    public static void Fill(IReadOnlyList<Tensor> tensors, double value)
    {
        var spans = SpansOf(tensors);
        fixed (NativeSpan* first = spans)
        {
            using var part = Profiler.Kernel("granary::fill", operations: 0, sizeof(float) * spans.Sum(span => (double)span.Count));
            NativeStatus.Check(NativeMethods.gn_kernels_optimizer_fill(first, spans.Length, (float)value, KernelArguments.Threads));
        }

        CountChanges(tensors);
    }

    private static NativeAdamWParameter NativeOf(AdamWParameter parameter)
    {
        var count = parameter.Value.numel();
        foreach (var (tensor, name) in new[] { (parameter.Value, "Value"), (parameter.Gradient, "Gradient"), (parameter.ExpAvg, "ExpAvg"), (parameter.ExpAvgSq, "ExpAvgSq") })
        {
            KernelArguments.RequireWhole(tensor, name);
            if (tensor.numel() != count)
            {
                throw new ArgumentException($"'{name}' is {tensor}, but the value is {parameter.Value}; all four have one shape.", nameof(parameter));
            }
        }

        return new NativeAdamWParameter
        {
            Value = KernelArguments.Floats(parameter.Value),
            Gradient = KernelArguments.Floats(parameter.Gradient),
            ExpAvg = KernelArguments.Floats(parameter.ExpAvg),
            ExpAvgSq = KernelArguments.Floats(parameter.ExpAvgSq),
            Count = count,
            WeightDecay = parameter.WeightDecay,
            Copy = parameter.Value.CompanionsIfAny?.ExistingCopy is { } copy ? (ushort*)copy.DataPointer() : null,
        };
    }

    private static NativeSpan[] SpansOf(IReadOnlyList<Tensor> tensors)
    {
        var spans = new NativeSpan[tensors.Count];
        for (var index = 0; index < spans.Length; index++)
        {
            KernelArguments.RequireWhole(tensors[index], nameof(tensors));
            spans[index] = new NativeSpan { Data = KernelArguments.Floats(tensors[index]), Count = tensors[index].numel() };
        }

        return spans;
    }

    private static void CountChanges(IReadOnlyList<Tensor> tensors)
    {
        foreach (var tensor in tensors)
        {
            tensor.BumpVersion();
        }
    }
}
