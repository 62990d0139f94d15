using System.Globalization;
using Granary.Models.Ahead;
using Granary.Models.Gpt2;
using Granary.Models.Llama;
using Granary.Models.Past;
using Granary.Testing;
using Granary.Torch;
using Granary.Training;
using Granary.Training.Objectives;
using Granary.Training.Objectives.Hiding;

namespace Granary.Gpu.Tests;

/// <summary>Whole runs on the device beside the same runs elsewhere, or otherwise taken.</summary>
public sealed class TrainingTests : GpuFixture
{
    // Rounding of float32 that thirty updates carry on.
    private const double Rounding = 1e-4;

    // bfloat16 has units of 0.4 %; a loss is a mean over a thousand rows.
    private const double BFloat16Rounding = 0.02;

    private static readonly LlamaConfig Llama = new() { HiddenSize = 128, NumHiddenLayers = 2, NumAttentionHeads = 4, NumKeyValueHeads = 2, MaxPositionEmbeddings = 256 };

    private static readonly NamedModel[] Models =
    [
        new("llama", Llama),
        new("tied llama", Llama with { TieWordEmbeddings = true, NumKeyValueHeads = 4 }),
        new("gpt2", new Gpt2Config { HiddenSize = 64, NumHiddenLayers = 2, NumAttentionHeads = 2, MaxPositionEmbeddings = 256 }),
    ];

    private static readonly (string Name, DeviceRun Run)[] Objectives =
    [
        ("mlm-u", new DeviceRun { Model = new PastConfig { HiddenSize = 64, NumHiddenLayers = 2, NumAttentionHeads = 2, MaxPositionEmbeddings = 64, InitializerRange = 0.1 }, Objective = new MlmUConfig() }),
        ("mlm-u with a mask token", new DeviceRun { Model = Llama, Objective = new MlmUConfig { Hidden = HiddenForm.MaskToken }, Build = () => new MlmUConfig { Hidden = HiddenForm.MaskToken }.BuildFor(0) }),
        ("parallel heads", new DeviceRun { Model = Llama, Objective = new MultiTokenConfig { Tokens = 3 } }),
        ("a chain of modules", new DeviceRun { Model = Llama, Objective = new MultiTokenConfig { Tokens = 2, Heads = AheadKind.Sequential } }),
        ("a future decoder", new DeviceRun { Model = Llama, Objective = new FutureTokenConfig() }),
    ];

    private static IEnumerable<TestCaseData> ObjectiveCases => Objectives.Select(entry => new TestCaseData(entry.Run).SetArgDisplayNames(entry.Name));

    [TestCaseSource(nameof(Models))]
    public void Losses_are_those_of_the_cpu(NamedModel model)
    {
        var run = new DeviceRun { Model = model.Config };
        var expected = run.On(torch.CPU);

        var actual = run.On(TestDevice.Current);

        Say("from the CPU", actual, expected);
        Assert.That(actual.Warnings, Is.Empty);
        Assert.That(actual.Losses, Has.Length.EqualTo(run.Steps));
        Assert.That(actual.Losses, Is.EqualTo(expected.Losses).Within(Rounding));
        Assert.That(actual.Losses[^1], Is.LessThan(0.9 * actual.Losses[0]), "something is learned");
    }

    [TestCaseSource(nameof(Models))]
    public void Losses_in_bfloat16_stay_beside_those_of_float32(NamedModel model)
    {
        RequireGpu();
        var run = new DeviceRun { Model = model.Config };
        var expected = run.On(TestDevice.Current);

        var actual = (run with { Precision = TrainingPrecision.Bf16 }).On(TestDevice.Current);

        Say("from float32", actual, expected);
        Assert.That(actual.Warnings, Is.Empty);
        Assert.That(actual.Losses, Is.EqualTo(expected.Losses).Within(BFloat16Rounding));
    }

    [Test]
    public void Recorded_steps_have_the_bits_of_steps_taken_one_by_one([Values] TrainingPrecision precision, [ValueSource(nameof(Models))] NamedModel model)
    {
        RequireGpu();
        var run = new DeviceRun { Model = model.Config, Precision = precision, Lengths = [64, 128], Steps = 16 };

        var recorded = run.On(TestDevice.Current);
        var single = (run with { Captures = false }).On(TestDevice.Current);

        Say("from steps one by one", recorded, single);
        Assert.That(recorded.Warnings, Is.Empty);
        AssertSame(recorded, single, precision);
    }

    [Test]
    public void Two_runs_have_the_same_bits([Values] TrainingPrecision precision, [ValueSource(nameof(Models))] NamedModel model)
    {
        var run = new DeviceRun { Model = model.Config, Precision = TestDevice.IsRehearsal ? TrainingPrecision.Fp32 : precision, Steps = 12 };

        var first = run.On(TestDevice.Current);
        var second = run.On(TestDevice.Current);

        Say("from each other", first, second);
        AssertSame(first, second, precision);
    }

    [Test]
    public void Lengths_that_take_turns_are_each_recorded()
    {
        var run = new DeviceRun { Model = Llama, Lengths = [32, 64, 256], Steps = 12 };

        var actual = run.On(TestDevice.Current);
        var expected = run.On(torch.CPU);

        Say("from the CPU", actual, expected);
        Assert.That(actual.Warnings, Is.Empty);
        Assert.That(actual.Losses, Is.EqualTo(expected.Losses).Within(Rounding));
    }

    [TestCaseSource(nameof(ObjectiveCases))]
    public void Other_objectives_have_the_losses_of_the_cpu(object of)
    {
        var run = (DeviceRun)of with { Steps = 6 };
        var expected = run.On(torch.CPU);

        var actual = run.On(TestDevice.Current);

        Say("from the CPU", actual, expected);
        Assert.That(actual.Warnings, Is.Empty);
        Assert.That(actual.Losses, Is.EqualTo(expected.Losses).Within(Rounding));
    }

    [TestCaseSource(nameof(ObjectiveCases))]
    public void Other_objectives_are_trained_in_bfloat16(object of)
    {
        RequireGpu();
        var run = (DeviceRun)of with { Steps = 6 };
        var expected = run.On(TestDevice.Current);

        var actual = (run with { Precision = TrainingPrecision.Bf16 }).On(TestDevice.Current);

        Say("from float32", actual, expected);
        Assert.That(actual.Losses, Is.EqualTo(expected.Losses).Within(2 * BFloat16Rounding));
    }

    [TestCase(true, Description = "from the device to the CPU")]
    [TestCase(false, Description = "from the CPU to the device")]
    public void A_checkpoint_goes_on_elsewhere(bool isDeviceFirst)
    {
        using var folder = new TempFolder();
        var run = new DeviceRun { Model = Llama, Steps = 12 };
        var whole = run.On(torch.CPU);
        var (first, second) = isDeviceFirst ? (TestDevice.Current, torch.CPU) : (torch.CPU, TestDevice.Current);

        var begun = (run with { Folder = folder.Path, StopAfter = 7 }).On(first);
        var ended = (run with { Folder = folder.Path }).On(second);

        Assert.That(begun.Losses, Has.Length.EqualTo(7));
        Assert.That(begun.Losses.Concat(ended.Losses), Is.EqualTo(whole.Losses).Within(Rounding));
    }

    [Test]
    public void A_run_on_the_device_goes_on_with_its_bits([Values] TrainingPrecision precision)
    {
        RequireGpu();
        using var folder = new TempFolder();
        var run = new DeviceRun { Model = Llama, Precision = precision, Steps = 12 };
        var whole = run.On(TestDevice.Current);

        var begun = (run with { Folder = folder.Path, StopAfter = 7 }).On(TestDevice.Current);
        var ended = (run with { Folder = folder.Path }).On(TestDevice.Current);

        Say("from a run that was never stopped", ended, whole with { Events = [.. whole.Events.Where(reported => reported.Step >= 7)] });
        Assert.That(begun.Losses.Concat(ended.Losses), Is.EqualTo(whole.Losses).Within(precision == TrainingPrecision.Fp32 ? 0 : BFloat16Rounding));
    }

    // libtorch's attention adds up gradients of keys in the order in which blocks happen to end.
    private static void AssertSame(DeviceRunResult one, DeviceRunResult other, TrainingPrecision precision)
    {
        var spread = precision == TrainingPrecision.Fp32 ? 0 : BFloat16Rounding;
        Assert.That(one.Losses, Is.EqualTo(other.Losses).Within(spread));
        Assert.That(one.WeightsApart(other), Is.LessThanOrEqualTo(spread));
    }

    private static void Say(string from, DeviceRunResult one, DeviceRunResult other)
    {
        TestContext.Out.WriteLine(string.Create(CultureInfo.InvariantCulture, $"losses differ {from} by at most {one.LossesApart(other):E1}, weights by {one.WeightsApart(other):E1}; last loss {one.Losses[^1]:F4}"));
    }
}
