using Granary.Core.Configuration;
using Granary.Models.Language;
using Granary.Torch;

namespace Granary.Training;

/// <summary>How long a run trains, in what portions, and what it keeps.</summary>
public sealed record TrainingConfig : IConfigSection
{
    /// <summary>Optimizer steps. Default 0: as many as the data gives, or as fit time_budget.</summary>
    public long Steps { get; init; }

    /// <summary>
    /// Time to train. The number of steps that fit is worked out once, from timed trial steps, and kept with the run.
    /// Default 0: no limit.
    /// </summary>
    public TimeSpan TimeBudget { get; init; }

    /// <summary>Tokens that go through the model at once; a step is made of several such portions. Default 8,192.</summary>
    public long TokensPerMicrobatch { get; init; } = 8_192;

    /// <summary>Threads. Default 0: one for each core. A resumed run needs the same number for the same bits.</summary>
    public int Threads { get; init; }

    /// <summary>Steps between checkpoints. Default 0: by time only.</summary>
    public long CheckpointEverySteps { get; init; }

    /// <summary>Time between checkpoints. Default 5 minutes; 0: by steps only.</summary>
    public TimeSpan CheckpointEvery { get; init; } = TimeSpan.FromMinutes(5);

    /// <summary>Newest checkpoints that are kept. Default 2; 0 keeps all.</summary>
    public int KeepCheckpoints { get; init; } = 2;

    /// <summary>Steps between evaluations on held-out documents. Default 0: only at the end.</summary>
    public long EvaluateEverySteps { get; init; }

    /// <summary>Updates that may be skipped because a loss or gradient is not finite, before the run stops. Default 10.</summary>
    public int MaxSkippedSteps { get; init; } = 10;

    /// <summary>Whether the device's fused kernels are used instead of compositions of operators. Default true.</summary>
    public bool FusedKernels { get; init; } = true;

    /// <summary>Where the model is trained, measured and sampled: cpu, cuda or cuda:N for a GPU. Default cpu.</summary>
    public string Device { get; init; } = "cpu";

    /// <summary>
    /// The type of matrix products in training: fp32, or bf16; parameters, their gradients and the optimizer's state stay fp32.
    /// On the cpu the factors of linear layers' products are rounded and nothing else; that is fast where the CPU has
    /// AVX512-BF16, and takes fp32's time elsewhere. On a GPU all between the layers is bf16. Default fp32.
    /// </summary>
    public TrainingPrecision Precision { get; init; } = TrainingPrecision.Fp32;

    /// <summary>
    /// Whether steps on a CUDA device are recorded and launched as one, which takes the host out of the way of small models.
    /// Default true; false runs them kernel by kernel, to look for faults. Nothing on the CPU.
    /// </summary>
    public bool Capture { get; init; } = true;

    /// <summary>
    /// Whether a CUDA device takes ways that have the same bits in every run, which attention pays for; on the CPU a run has them
    /// anyhow. Default false.
    /// </summary>
    public bool Deterministic { get; init; }

    /// <summary>
    /// What of the forward pass is kept for backward: none recomputes nothing and keeps all; full keeps what goes into each block
    /// and runs the block again; selective keeps what attention gave as well, so that attention is not run again; auto takes the
    /// cheapest of these that is planned to fit into memory. Changes no number of a run. Default none.
    /// </summary>
    public ActivationCheckpointing ActivationCheckpointing { get; init; }

    /// <summary>The device of <see cref="Device"/>; main memory where the name is none.</summary>
    public Device ToDevice() => Torch.Device.TryParse(Device, out var device) ? device : torch.CPU;

    /// <inheritdoc/>
    public void Validate(string path, ConfigurationErrors errors)
    {
        errors.Require(Steps >= 0, $"{path}.steps", Steps, "0 (as many as the data gives) or more");
        errors.Require(TimeBudget >= TimeSpan.Zero, $"{path}.time_budget", TimeBudget, "0 (no limit) or more");
        errors.Require(TokensPerMicrobatch > 0, $"{path}.tokens_per_microbatch", TokensPerMicrobatch, "greater than 0");
        errors.Require(Threads >= 0, $"{path}.threads", Threads, "0 (one for each core) or more");
        errors.Require(CheckpointEverySteps >= 0, $"{path}.checkpoint_every_steps", CheckpointEverySteps, "0 (by time only) or more");
        errors.Require(CheckpointEvery >= TimeSpan.Zero, $"{path}.checkpoint_every", CheckpointEvery, "0 (by steps only) or more");
        errors.Require(KeepCheckpoints >= 0, $"{path}.keep_checkpoints", KeepCheckpoints, "0 (keep all) or more");
        errors.Require(EvaluateEverySteps >= 0, $"{path}.evaluate_every_steps", EvaluateEverySteps, "0 (only at the end) or more");
        errors.Require(MaxSkippedSteps >= 0, $"{path}.max_skipped_steps", MaxSkippedSteps, "0 or more");
        errors.Require(Torch.Device.TryParse(Device, out _), $"{path}.device", Device, "'cpu', 'cuda' or 'cuda:N'");
        var recomputes = ActivationCheckpointing != ActivationCheckpointing.None;
        errors.Require(
            ActivationCheckpointing != ActivationCheckpointing.Selective || (FusedKernels && ToDevice().Type == DeviceType.CPU),
            $"{path}.activation_checkpointing",
            "selective",
            "none, full or auto: only the fused kernels of the cpu hand out what attention gave");
        errors.Require(
            !recomputes || !Capture || ToDevice().Type == DeviceType.CPU,
            $"{path}.capture",
            "true",
            $"false where {path}.activation_checkpointing is other than none: blocks that are run again are not recorded");
        errors.Require(Precision == TrainingPrecision.Fp32 || FusedKernels, $"{path}.precision", "bf16", $"fp32 where {path}.fused_kernels is false: plain operators compute in fp32");
    }
}
