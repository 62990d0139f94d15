using System.Globalization;
using System.Text.Json.Nodes;
using Granary.Cli.Benchmarks;
using Granary.Cli.Stages;
using Granary.Models.Language;
using Granary.Torch;
using Granary.Training;

namespace Granary.Cli.Commands;

/// <summary>What timed steps came to.</summary>
/// <param name="Spec">The model.</param>
/// <param name="Seconds">Of each step.</param>
/// <param name="Tokens">Of a step.</param>
/// <param name="Length">Tokens of a row.</param>
/// <param name="Precision">What products are computed in.</param>
internal sealed record StepMeasure(ModelSpec Spec, IReadOnlyList<double> Seconds, long Tokens, int Length, TrainingPrecision Precision)
{
    /// <summary>The last step's loss.</summary>
    internal required double Loss { get; init; }

    /// <summary>Whether steps were recorded and launched as one.</summary>
    internal required bool IsCaptured { get; init; }

    /// <summary>Why they could not be recorded; null where they could or were not meant to be.</summary>
    internal required string? CaptureFailure { get; init; }

    /// <summary>What blocks kept for backward.</summary>
    internal required ActivationCheckpointing Checkpointing { get; init; }

    /// <summary>Bytes of main memory in tensors at the fullest.</summary>
    internal required long TensorPeak { get; init; }

    /// <summary>Bytes of the GPU in tensors at the fullest; null on the CPU.</summary>
    internal required long? DevicePeak { get; init; }

    /// <summary>Bytes of the process at the fullest, before the machine's rates are measured, which takes memory of its own.</summary>
    internal required long HostPeak { get; init; }

    /// <summary>Where the time went; null where that was not asked for.</summary>
    internal required StepProfile? Profile { get; init; }

    /// <summary>One JSON object.</summary>
    internal JsonObject ToJson(TimeProvider time)
    {
        var rate = MatrixRateOf(time);
        var result = new JsonObject
        {
            ["tokens_per_second"] = TokensPerSecond,
            ["milliseconds"] = 1e3 * Median.Of(Seconds),
            ["peak_memory_bytes"] = HostPeak,
            ["peak_tensor_bytes"] = TensorPeak,
            ["activation_checkpointing"] = Checkpointing.ToString().ToLowerInvariant(),
            ["flops_share"] = ShareOf(rate),
            ["matrix_flops"] = rate,
            ["libtorch"] = torch.version,
            ["threads"] = torch.get_num_threads(),
            ["device"] = Device,
            ["dtype"] = Precision == TrainingPrecision.Bf16 ? "bf16" : "fp32",
            ["parameters"] = Spec.ParameterCount(),
            ["tokens_per_step"] = Tokens,
            ["loss"] = double.IsFinite(Loss) ? Loss : null,
        };
        if (IsRounded)
        {
            result["products_by"] = DeviceChoice.RoundingUnit;
        }

        if (DevicePeak is { } peak)
        {
            result["peak_device_bytes"] = peak;
            result["captured"] = IsCaptured;
            result["capture_failure"] = CaptureFailure;
            result["own_kernels"] = torch.cuda.has_kernels;
        }

        if (Profile is not null)
        {
            result["profile"] = ProfileTable.Json(Profile);
        }

        return result;
    }

    /// <summary>The same to be read.</summary>
    internal IEnumerable<string> Lines(TimeProvider time)
    {
        var rate = MatrixRateOf(time);
        yield return string.Create(
            CultureInfo.InvariantCulture,
            $"{TokensPerSecond:F1} tokens/s, {1e3 * Median.Of(Seconds):F1} ms a step (median of {Seconds.Count}), peak {(DevicePeak ?? HostPeak) / 1e9:F2} GB, {ShareOf(rate):P0} of the matrix rate ({rate / 1e9:F0} GFLOP/s)");
        if (IsRounded)
        {
            yield return $"products of bf16 by {DeviceChoice.RoundingUnit}";
        }

        if (DevicePeak is not null)
        {
            var launched = IsCaptured ? "each step launched as one" : $"launched kernel by kernel{(CaptureFailure is null ? string.Empty : $": {CaptureFailure}")}";
            yield return $"on {Device}, {launched}";
        }

        foreach (var line in Profile is null ? [] : ProfileTable.Lines(Profile))
        {
            yield return line;
        }
    }

    private static string Device => torch.get_default_device() is { Type: DeviceType.CUDA } device
        ? torch.cuda.get_device_properties(Math.Max(0, device.Index)).Name
        : DeviceChoice.Cpu;

    private bool IsRounded => Precision == TrainingPrecision.Bf16 && DevicePeak is null;

    private double TokensPerSecond => Tokens / Median.Of(Seconds);

    private double MatrixRateOf(TimeProvider time) => Profile?.MatrixRate ?? MatrixRate.Measure(time, Precision);

    private double ShareOf(double rate) => Spec.TrainingFlopsPerToken(Length) * TokensPerSecond / rate;
}
