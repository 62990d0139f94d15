using Granary.Core.Randomness;
using Granary.Distributed.Sequence;
using Granary.Models.Language;
using Granary.Models.Layers;
using Granary.Torch;
using Granary.Training;
using Granary.Training.Optimizers;

namespace Granary.Cli.Stages;

/// <summary>Builds what a configuration names.</summary>
internal static class ModelBuilder
{
    /// <summary>The run's model at its beginning; one on a sequence axis takes slices of rows as well as whole ones.</summary>
    internal static LanguageModel Build(RunConfig config, int vocabulary, SequenceAxis? axis = null)
    {
        var kernels = Kernels(config.Training.FusedKernels, config.Training.Precision);
        return config.Model.Build(
            vocabulary, config.Objective.Needs.Ahead, RandomKey.FromSeed(config.Seed).Use("model"), axis is null ? kernels : new SequenceKernels(kernels, axis));
    }

    /// <summary>The kernels of a model on the default device, in a precision that the device has.</summary>
    internal static ILayerKernels Kernels(bool areFused, TrainingPrecision precision = TrainingPrecision.Fp32)
    {
        var type = precision == TrainingPrecision.Bf16 ? ScalarType.BFloat16 : ScalarType.Float32;
        return (areFused, IsOnGpu) switch
        {
            (false, _) => new ComposedKernels(),
            (true, true) => new MixedKernels(type),
            _ => new FusedKernels(type),
        };
    }

    /// <summary>An optimizer at its beginning.</summary>
    internal static IOptimizer BuildOptimizer(OptimizerConfig config, LanguageModel model, bool isFused)
    {
        return BuildOptimizer(config, OptimizedTensor.Of(model.named_parameters(), model.HiddenMatrices()), isFused);
    }

    private static bool IsOnGpu => torch.get_default_device().Type == DeviceType.CUDA;

    /// <summary>The same for what a rank updates.</summary>
    internal static IOptimizer BuildOptimizer(OptimizerConfig config, IEnumerable<OptimizedTensor> tensors, bool isFused)
    {
        return config switch
        {
            AdamWConfig adamW when isFused && !IsOnGpu => new FusedAdamW(adamW, tensors),
            AdamWConfig adamW when isFused && torch.cuda.has_kernels => new MixedAdamW(adamW, tensors),
            AdamWConfig adamW => new AdamW(adamW, tensors),
            MuonConfig muon => new Muon(muon, [.. tensors], others => BuildOptimizer(muon.ToAdamW(), others, isFused)),
            _ => throw new NotSupportedException($"No optimizer is built from '{config.GetType().Name}'."),
        };
    }
}
