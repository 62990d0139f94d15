namespace Granary.Cluster.Ledger.Tests;

public sealed class ShardKeyTests
{
    [Test]
    public void A_name_reads_back()
    {
        var key = new ShardKey("job/tokens#odd", 12);

        Assert.That(ShardKey.Parse(key.ToString()), Is.EqualTo(key));
    }

    [TestCase("", Description = "empty")]
    [TestCase("a", Description = "no index")]
    [TestCase("#1", Description = "no dataset")]
    [TestCase("a#-1", Description = "a negative index")]
    [TestCase("a# 1", Description = "a space")]
    [TestCase("a#99999999999", Description = "more than an index can be")]
    public void What_names_no_shard_is_refused(string text)
    {
        Assert.That(() => ShardKey.Parse(text), Throws.TypeOf<FormatException>().With.Message.Contains($"'{text}'"));
    }

    [Test]
    public void A_later_incarnation_outweighs_any_epoch()
    {
        Assert.Multiple(() =>
        {
            Assert.That(new LeaseToken(1, 9).CompareTo(new LeaseToken(2, 1)), Is.Negative);
            Assert.That(new LeaseToken(2, 2).CompareTo(new LeaseToken(2, 1)), Is.Positive);
            Assert.That(new LeaseToken(2, 1).CompareTo(new LeaseToken(2, 1)), Is.Zero);
        });
    }
}
