using Granary.Torch.Native;

namespace Granary.Torch.Kernels.Mixed.Tests;

/// <summary>The optimizer's kernels, one element after the other, on parameters in main memory.</summary>
internal sealed unsafe class ScalarAdamWCalls : IAdamWCalls
{
    public void Step(NativeCudaParameter* parameters, int* chunks, long chunkCount, NativeAdamWSettings* settings)
    {
        for (var chunk = 0L; chunk < chunkCount; chunk++)
        {
            var parameter = parameters[chunks[2 * chunk]];
            var first = (long)chunks[(2 * chunk) + 1] * MixedAdamW.Chunk;
            for (var index = first; index < Math.Min(parameter.Count, first + MixedAdamW.Chunk); index++)
            {
                Update(parameter, index, *settings);
            }
        }
    }

    public void SumSquares(NativeCudaParameter* parameters, int* chunks, long chunkCount, double* scratch, double* sum)
    {
        *sum = 0;
        for (var chunk = 0L; chunk < chunkCount; chunk++)
        {
            var parameter = parameters[chunks[2 * chunk]];
            var first = (long)chunks[(2 * chunk) + 1] * MixedAdamW.Chunk;
            for (var index = first; index < Math.Min(parameter.Count, first + MixedAdamW.Chunk); index++)
            {
                *sum += (double)parameter.Gradient[index] * parameter.Gradient[index];
            }
        }
    }

    private static void Update(NativeCudaParameter parameter, long index, NativeAdamWSettings settings)
    {
        var gradient = parameter.Gradient[index] * settings.GradientScale;
        var mean = (settings.Beta1 * parameter.ExpAvg[index]) + ((1 - settings.Beta1) * gradient);
        var square = (settings.Beta2 * parameter.ExpAvgSq[index]) + ((1 - settings.Beta2) * gradient * gradient);
        var corrected = Math.Sqrt(square / (1 - Math.Pow(settings.Beta2, settings.Step))) + settings.Epsilon;
        var value = parameter.Value[index] * (1 - (settings.LearningRate * parameter.WeightDecay));
        (parameter.ExpAvg[index], parameter.ExpAvgSq[index]) = ((float)mean, (float)square);
        parameter.Value[index] = (float)(value - (settings.LearningRate * mean / (1 - Math.Pow(settings.Beta1, settings.Step)) / corrected));
        if (parameter.Copy is not null)
        {
            ((ushort*)parameter.Copy)[index] = Rounded(parameter.Value[index]);
        }
    }

    // To the nearest, ties to even.
    private static ushort Rounded(float value)
    {
        var bits = BitConverter.SingleToUInt32Bits(value);
        return (ushort)((bits + 0x7FFF + ((bits >> 16) & 1)) >> 16);
    }
}
