using Granary.Core.Configuration;
using Granary.Models.Language;
using Granary.Torch;

namespace Granary.Training.Tests;

public sealed class TrainingConfigTests
{
    [Test]
    public void A_run_is_on_the_cpu_in_fp32_unless_it_says_otherwise()
    {
        var config = new TrainingConfig();

        Assert.That(ErrorsOf(config), Is.Empty);
        Assert.That((config.ToDevice(), config.Precision), Is.EqualTo((torch.CPU, TrainingPrecision.Fp32)));
    }

    [Test]
    public void A_name_that_no_device_has_is_a_fault_that_names_the_allowed_ones()
    {
        Assert.That(ErrorsOf(new TrainingConfig { Device = "gpu" }).Single(), Does.Contain("'training.device' is 'gpu'").And.Contain("'cuda:N'"));
    }

    [Test]
    public void Products_in_bfloat16_need_the_fused_kernels()
    {
        Assert.That(ErrorsOf(new TrainingConfig { Precision = TrainingPrecision.Bf16 }), Is.Empty);
        Assert.That(ErrorsOf(new TrainingConfig { Precision = TrainingPrecision.Bf16, Device = "cuda:1" }), Is.Empty);
        Assert.That(ErrorsOf(new TrainingConfig { Precision = TrainingPrecision.Bf16, FusedKernels = false }).Single(), Does.Contain("training.fused_kernels"));
        Assert.That(ErrorsOf(new TrainingConfig { Precision = TrainingPrecision.Bf16, Device = "cuda", FusedKernels = false }).Single(), Does.Contain("training.fused_kernels"));
    }

    [Test]
    public void What_attention_gave_is_kept_by_the_fused_kernels_of_the_cpu_only()
    {
        var selective = new TrainingConfig { ActivationCheckpointing = ActivationCheckpointing.Selective };

        Assert.That(ErrorsOf(selective), Is.Empty);
        Assert.That(ErrorsOf(selective with { FusedKernels = false }).Single(), Does.Contain("'training.activation_checkpointing' is 'selective'"));
        Assert.That(ErrorsOf(selective with { Device = "cuda", Capture = false }).Single(), Does.Contain("'training.activation_checkpointing' is 'selective'"));
    }

    [Test]
    public void Blocks_that_run_again_are_not_recorded()
    {
        var full = new TrainingConfig { ActivationCheckpointing = ActivationCheckpointing.Full, Device = "cuda" };

        Assert.That(ErrorsOf(full).Single(), Does.Contain("'training.capture' is 'true'").And.Contain("training.activation_checkpointing"));
        Assert.That(ErrorsOf(full with { Capture = false }), Is.Empty);
        Assert.That(ErrorsOf(full with { Device = "cpu" }), Is.Empty);
    }

    private static IReadOnlyList<string> ErrorsOf(TrainingConfig config)
    {
        var errors = new ConfigurationErrors();
        config.Validate("training", errors);
        try
        {
            errors.ThrowIfAny("run.yaml");
            return [];
        }
        catch (ConfigurationException exception)
        {
            return exception.Errors;
        }
    }
}
