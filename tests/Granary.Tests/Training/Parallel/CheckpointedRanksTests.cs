using Granary.Distributed;
using Granary.Models.Ahead;
using Granary.Models.Gpt2;
using Granary.Models.Language;
using Granary.Models.Past;
using Granary.Training.Objectives;
using Granary.Training.Objectives.Hiding;

namespace Granary.Training.Parallel.Tests;

public sealed class CheckpointedRanksTests
{
    private static readonly ActivationCheckpointing[] Policies = [ActivationCheckpointing.Full, ActivationCheckpointing.Selective];

    private static IEnumerable<TestCaseData> Runs()
    {
        var few = new RankedRun { TotalSteps = 3 };
        var gpt2 = new Gpt2Config { HiddenSize = 16, NumHiddenLayers = 2, NumAttentionHeads = 2, MaxPositionEmbeddings = 16 };
        var past = new PastConfig { HiddenSize = 16, NumHiddenLayers = 2, NumAttentionHeads = 2, MaxPositionEmbeddings = 16 };
        yield return new TestCaseData(few).SetArgDisplayNames("Llama");
        yield return new TestCaseData(few with { Model = gpt2, Config = new TrainingConfig { TokensPerMicrobatch = 16 } }).SetArgDisplayNames("GPT-2, several portions a step");
        yield return new TestCaseData(few with { TokensPerStep = 32 }).SetArgDisplayNames("fewer rows than ranks");
        yield return new TestCaseData(few with { Objective = new MultiTokenConfig { Tokens = 3, Heads = AheadKind.Sequential } }).SetArgDisplayNames("a chain of heads");
        yield return new TestCaseData(few with { Model = past, Objective = new MlmUConfig() }).SetArgDisplayNames("an encoder and a decoder");
    }

    [TestCaseSource(nameof(Runs))]
    public void Ranks_that_run_blocks_again_have_the_bits_of_ranks_that_do_not(RankedRun run)
    {
        foreach (var sharding in new[] { Sharding.None, Sharding.Optimizer, Sharding.Full })
        {
            var plain = run.Together(2, sharding);

            Assert.That(BitsOf(run, policy => policy.Together(2, sharding)), Is.All.EqualTo(plain[0].Flat), $"{sharding}");
        }
    }

    [TestCaseSource(nameof(Runs))]
    public void Ranks_that_share_rows_repeat_their_exchanges_in_the_same_order(RankedRun run)
    {
        foreach (var (ranks, sharding) in new[] { (2, Sharding.None), (4, Sharding.Full) })
        {
            var plain = run.Together(ranks, sharding, sequenceRanks: 2);

            Assert.That(BitsOf(run, policy => policy.Together(ranks, sharding, sequenceRanks: 2)), Is.All.EqualTo(plain[0].Flat), $"{ranks} ranks, {sharding}");
        }
    }

    [Test]
    public void Attention_that_is_kept_is_not_exchanged_again()
    {
        var run = new RankedRun { TotalSteps = 2 };

        var sent = new[] { ActivationCheckpointing.None, ActivationCheckpointing.Selective, ActivationCheckpointing.Full }
            .Select(policy => (run with { Checkpointing = policy }).Together(2, sequenceRanks: 2)[0].BytesSentForAttention).ToList();

        Assert.That(sent[1], Is.EqualTo(sent[0]));
        Assert.That(sent[2], Is.GreaterThan(sent[0]));
    }

    // The weights of every rank under every policy.
    private static IEnumerable<float[]> BitsOf(RankedRun run, Func<RankedRun, RankedResult[]> train)
    {
        return Policies.SelectMany(policy => train(run with { Checkpointing = policy })).Select(result => result.Flat).ToList();
    }
}
