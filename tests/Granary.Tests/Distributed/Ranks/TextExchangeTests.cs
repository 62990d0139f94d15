using Granary.Testing;

namespace Granary.Distributed.Ranks.Tests;

public sealed class TextExchangeTests
{
    [Test]
    public void Every_rank_has_every_text_in_the_order_of_the_ranks()
    {
        string[] texts = ["", "größer", "a", new string('x', 10_000)];

        var gathered = RankHarness.Run(4, group => TextExchange.AllGather(group, texts[group.rank]));

        Assert.That(gathered, Has.All.EqualTo(texts));
    }

    [Test]
    public void One_ranks_text_is_everyones()
    {
        var said = RankHarness.Run(3, group => TextExchange.Broadcast(group, group.rank == 1 ? "plan" : null, src: 1));

        Assert.That(said, Is.EqualTo(new[] { "plan", "plan", "plan" }));
    }
}
