using Granary.Core.Configuration;

namespace Granary.Cli.Ranks.Tests;

public sealed class RankAgreementTests
{
    private static RunConfig Minimal => ConfigurationFile.Parse<RunConfig>("name: x\ncorpus: {sources: [{name: s, type: text, paths: [\"*.txt\"]}]}\n", "x.yaml");

    [Test]
    public void Ranks_that_share_a_row_train_on_the_cpu()
    {
        var run = Minimal;
        var onGpus = run with { Training = run.Training with { Device = "cuda" }, Parallel = run.Parallel with { SequenceRanks = 2 } };

        Assert.That(() => RankAgreement.RequireGrid(onGpus, 4), Throws.TypeOf<ConfigurationException>().With.Message.Contains("share a row on the cpu only"));
        Assert.That(() => RankAgreement.RequireGrid(onGpus with { Parallel = run.Parallel }, 4), Throws.Nothing);
    }

    [Test]
    public void Ranks_that_the_sequence_axis_does_not_divide_are_refused()
    {
        var run = Minimal;

        Assert.That(
            () => RankAgreement.RequireGrid(run with { Parallel = run.Parallel with { SequenceRanks = 2 } }, 3),
            Throws.TypeOf<ConfigurationException>().With.Message.Contains("must divide the number of ranks, which is 3"));
    }
}
