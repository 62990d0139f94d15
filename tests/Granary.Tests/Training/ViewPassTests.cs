using Granary.Core.Randomness;
using Granary.Models.Ahead;
using Granary.Models.Layers;
using Granary.Models.Llama;
using Granary.Torch;
using Granary.Training.Objectives;

namespace Granary.Training.Tests;

public sealed class ViewPassTests
{
    private const int Vocabulary = 20_000;
    private const int Rows = 4;
    private const int Length = 64;

    // Beside its logits, 20 MB, the model is small: 2.6 MB of table and gradient.
    private const long LogitsBytes = (long)Rows * Length * Vocabulary * sizeof(float);

    private static readonly LlamaConfig Model = new() { HiddenSize = 16, NumHiddenLayers = 2, NumAttentionHeads = 2, MaxPositionEmbeddings = Length, TieWordEmbeddings = true };

    private static IEnumerable<TestCaseData> FourHeads()
    {
        yield return new TestCaseData(new MultiTokenConfig { Tokens = 4 }).SetArgDisplayNames("parallel");
        yield return new TestCaseData(new MultiTokenConfig { Tokens = 4, Heads = AheadKind.Sequential }).SetArgDisplayNames("sequential");
        yield return new TestCaseData(new FutureTokenConfig { Tokens = 4, DecoderLayers = 1, PseudoTokens = 2 }).SetArgDisplayNames("future");
    }

    [TestCaseSource(nameof(FourHeads))]
    public void The_logits_of_one_head_live_at_a_time(ObjectiveConfig objective)
    {
        var (one, four) = (PeakOf(new NextTokenConfig()), PeakOf(objective));

        Assert.That(one, Is.InRange(LogitsBytes, 2 * LogitsBytes), "the logits of one head show in the peak");
        Assert.That(four - one, Is.LessThan(LogitsBytes / 4));
    }

    // Bytes above what lives before the pass.
    private static long PeakOf(ObjectiveConfig objective)
    {
        using var scope = torch.NewDisposeScope();
        using var model = Model.Build(Vocabulary, objective.Needs.Ahead, RandomKey.FromSeed(1), new FusedKernels());
        var plan = objective.Build().Prepare(RandomRows.Of(RandomKey.FromSeed(2), Vocabulary, Rows, Length), RandomKey.FromSeed(3));
        model.ClearGradients();
        ViewPass.Run(model, plan);
        var before = torch.memory().Live;
        torch.reset_peak_memory();
        ViewPass.Run(model, plan);
        return torch.memory().Peak - before;
    }
}
