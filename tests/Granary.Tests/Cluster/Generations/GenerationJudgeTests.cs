using Granary.Cluster.Ledger;

namespace Granary.Cluster.Generations.Tests;

public sealed class GenerationJudgeTests
{
    [TestCase("free free", GenerationEnd.Waits)]
    [TestCase("leased free", GenerationEnd.Goes, Description = "the second node is about to come")]
    [TestCase("leased leased", GenerationEnd.Goes)]
    [TestCase("done leased", GenerationEnd.Goes, Description = "the second is about to end")]
    [TestCase("done done", GenerationEnd.Done)]
    [TestCase("saved leased", GenerationEnd.Ends)]
    [TestCase("saved saved", GenerationEnd.Saved)]
    [TestCase("failed leased", GenerationEnd.Failed)]
    [TestCase("failed saved", GenerationEnd.Failed)]
    [TestCase("cancelled cancelled", GenerationEnd.Lost)]
    [TestCase("done cancelled", GenerationEnd.Lost)]
    public void Rows_say_where_a_generation_stands(string rows, GenerationEnd expected)
    {
        Assert.That(GenerationJudge.EndOf([.. rows.Split(' ').Select(Row)]), Is.EqualTo(expected));
    }

    [Test]
    public void The_cause_is_the_rank_that_missed_no_other()
    {
        var missed = Row("failed", 0) with { Failure = $"{RankWords.MissedPeer} Rank 1 is gone." };
        var cause = Row("failed", 1) with { Failure = "Out of memory." };

        Assert.That(GenerationJudge.CauseOf([missed, cause])?.Key.Index, Is.EqualTo(1));
    }

    internal static ShardRow Row(string word, int index)
    {
        return new ShardRow
        {
            Key = new ShardKey("job/train/1", index),
            State = word == "saved" ? ShardState.Free : Enum.Parse<ShardState>(word, ignoreCase: true),
            Work = new ShardWork { Arguments = ["train"] },
            Token = new LeaseToken(1, word == "free" ? 0 : 1),
            Owner = word == "free" ? null : $"node-{index}",
        };
    }
}
