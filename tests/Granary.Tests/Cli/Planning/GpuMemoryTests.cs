using Granary.Core.Configuration;
using Granary.Distributed.Planning;
using Granary.Models;
using Granary.Models.Decoder;
using Granary.Models.Language;
using Granary.Testing;
using Granary.Training;

namespace Granary.Cli.Planning.Tests;

public sealed class GpuMemoryTests
{
    private static readonly DecoderSpec Spec = ModelPresets.Named("llama-350m").ToSpec(0);

    [TestCase(TrainingPrecision.Fp32, 16, Description = "values, gradients and two moments")]
    [TestCase(TrainingPrecision.Bf16, 18, Description = "and a copy of two bytes")]
    public void A_parameter_takes_its_bytes(TrainingPrecision precision, double bytes)
    {
        var memory = new GpuMemory(Spec, precision).Of(tokens: 16_384);

        Assert.That(memory.Parameters + memory.Gradients + memory.Optimizer, Is.EqualTo(bytes * Spec.ParameterCount()));
    }

    [Test]
    public void What_blocks_keep_grows_with_the_tokens_and_halves_in_bfloat16()
    {
        // 24 blocks of 4 * 1,024 + 3,072 + 1,024 + 5,632 + 2,816 elements, and 18 statistics, for a token.
        const double elements = 24 * 16_640.0;
        const double statistics = 24 * 18 * 4.0;
        var (wide, narrow) = (new GpuMemory(Spec, TrainingPrecision.Fp32), new GpuMemory(Spec, TrainingPrecision.Bf16));

        Assert.That(OfToken(narrow), Is.EqualTo((2 * (elements + 10_496 + 3_072)) + statistics).Within(1e-3));
        Assert.That(OfToken(wide), Is.EqualTo((4 * (elements + 10_496 + 3_072)) + statistics).Within(1e-3));
    }

    [Test]
    public void Blocks_that_run_again_keep_what_goes_into_them()
    {
        var memory = new GpuMemory(Spec, TrainingPrecision.Bf16);
        double Full(double tokens) => memory.Of(tokens, ActivationCheckpointing.Full).Activations;

        // One block of 16,640 elements and 18 statistics, the rows that go into 24, what passes, and what is behind the last.
        Assert.That(Full(2_000) - Full(1_999), Is.EqualTo((2 * (16_640 + (24 * 1_024) + 10_496 + 3_072)) + (18 * 4.0)).Within(1e-3));
    }

    [Test]
    public void Logits_beyond_a_gigabyte_live_in_portions()
    {
        var memory = new GpuMemory(Spec, TrainingPrecision.Bf16);

        // A portion, and the head's gradient in float32; the memory of the block that backward meets first is not needed yet.
        Assert.That(memory.Of(tokens: 65_536).Logits, Is.InRange(0, (1L << 30) + (4.0 * Spec.VocabSize * Spec.HiddenSize)));
    }

    [Test]
    public void A_run_on_a_gpu_is_planned_for_one_rank_by_what_the_gpu_holds()
    {
        var run = ConfigurationFile.Load<RunConfig>(Path.Combine(Repository.Root, "configs", "demo.yaml"), ["training.device=cuda", "training.precision=bf16"]);
        var planner = new LayoutPlanner(run, (DecoderSpec)run.Model.SpecOf(2_048, run.Objective.Needs.Ahead), length: 512, Clusters.Named("h200"));

        Assert.That(planner.For(1).Single().Bytes!.Parameters, Is.EqualTo(6.0 * run.Model.SpecOf(2_048, run.Objective.Needs.Ahead).ParameterCount()));
        Assert.That(planner.For(2).Select(layout => layout.Reason), Has.All.Contains("what several ranks take on GPUs is not predicted"));
    }

    private static double OfToken(GpuMemory memory) => memory.Of(2_000).Activations - memory.Of(1_999).Activations;
}
