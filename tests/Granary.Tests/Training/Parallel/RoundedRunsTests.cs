using Granary.Distributed;
using Granary.Models.Gpt2;
using Granary.Models.Language;
using Granary.Models.Layers;
using Granary.Models.Llama;
using Granary.Testing;
using Granary.Torch;
using Granary.Torch.Kernels.Mixed;

namespace Granary.Training.Parallel.Tests;

/// <summary>Runs whose products take factors rounded to bfloat16: by one rank or several, stopped or not, with blocks that run again or not.</summary>
public sealed class RoundedRunsTests
{
    // Sums in another order change what is rounded next by a unit of bfloat16 here and there.
    private const double LossTolerance = 2e-3;

    private static readonly RankedRun Run = new() { Kernels = new FusedKernels(ScalarType.BFloat16) };

    private static readonly ModelConfig TiedGpt2 = new Gpt2Config { HiddenSize = 16, NumHiddenLayers = 2, NumAttentionHeads = 2, MaxPositionEmbeddings = 16 };

    [Test]
    public void Copies_follow_what_the_ranks_update([Values] Sharding sharding, [Values] bool isTied)
    {
        var run = Run with { Config = new TrainingConfig { EvaluateEverySteps = 3, TokensPerMicrobatch = 32 }, Evaluate = FarthestCopy, Model = isTied ? TiedGpt2 : Run.Model };
        var alone = run.Alone();

        var together = run.Together(2, sharding);

        Assert.That(alone.Evaluations.Concat(together.SelectMany(result => result.Evaluations)), Is.All.Zero);
        Assert.That(together[0].Losses, Is.EqualTo(alone.Losses).Within(LossTolerance));
        Assert.That(together[1].Flat, Is.EqualTo(together[0].Flat));
    }

    [Test]
    public void Modes_give_the_same_bits()
    {
        var results = Enum.GetValues<Sharding>().Select(sharding => Run.Together(2, sharding)[0].Flat).ToList();

        Assert.That(results, Is.All.EqualTo(results[0]));
    }

    [Test]
    public void Ranks_that_share_rows_train_alike()
    {
        var together = Run.Together(4, Sharding.Full, sequenceRanks: 2);

        Assert.That(together[0].Losses, Is.EqualTo(Run.Alone().Losses).Within(LossTolerance));
    }

    [Test]
    public void Blocks_that_run_again_give_the_same_bits([Values(ActivationCheckpointing.Selective, ActivationCheckpointing.Full)] ActivationCheckpointing policy)
    {
        Assert.That((Run with { Checkpointing = policy }).Alone().Flat, Is.EqualTo(Run.Alone().Flat));
    }

    [Test]
    public void A_run_that_was_stopped_ends_with_the_bits_of_one_that_was_not([Values] Sharding sharding)
    {
        using var folder = new TempFolder();
        var whole = Run.Together(2, sharding);
        var stopped = Run with { Folder = folder.Path, Stop = (4, 0) };

        _ = stopped.Together(2, sharding);
        var resumed = (stopped with { Stop = null }).Together(2, sharding);

        Assert.That(resumed[0].Flat, Is.EqualTo(whole[0].Flat));
        Assert.That(resumed[0].Steps.Count(), Is.LessThan(whole[0].Steps.Count()));
    }

    [Test]
    public void Losses_of_two_hundred_steps_are_those_of_float32_within_noise()
    {
        var run = new RankedRun { Model = new LlamaConfig { HiddenSize = 32, NumHiddenLayers = 2, NumAttentionHeads = 2, MaxPositionEmbeddings = 16 }, TotalSteps = 200 };

        var (plain, rounded) = (run.Alone().Losses, (run with { Kernels = Run.Kernels }).Alone().Losses);

        // Rows are random, so that what is learned is little and two runs stay close; a product of the wrong factors would not.
        var mean = plain.Zip(rounded, (a, b) => b - a).Skip(100).Average();
        Assert.That(Math.Abs(mean), Is.LessThan(0.01));
        Assert.That(plain.Zip(rounded, (a, b) => Math.Abs(b - a)).Max(), Is.InRange(1e-7, 0.1));
    }

    private static double FarthestCopy(LanguageModel model)
    {
        using var scope = torch.NewDisposeScope();
        using var mode = torch.no_grad();
        return model.parameters()
            .Where(parameter => parameter.HasCompanions)
            .Max(parameter => (MixedValues.Of(parameter, ScalarType.BFloat16).to(ScalarType.Float32) - parameter.to(ScalarType.BFloat16).to(ScalarType.Float32)).abs().max().item());
    }
}
