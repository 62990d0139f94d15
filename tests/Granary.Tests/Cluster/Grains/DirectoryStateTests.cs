namespace Granary.Cluster.Grains.Tests;

public sealed class DirectoryStateTests
{
    [Test]
    public void The_latest_name_stands_first_and_a_known_one_stays_where_it_is()
    {
        var names = new DirectoryState().Add("a").Add("b");

        Assert.Multiple(() =>
        {
            Assert.That(names.Names, Is.EqualTo(new[] { "b", "a" }));
            Assert.That(names.Add("a"), Is.SameAs(names));
        });
    }

    [Test]
    public void A_name_that_is_taken_out_is_gone_and_one_that_is_not_there_changes_nothing()
    {
        var names = new DirectoryState().Add("a").Add("b");

        Assert.Multiple(() =>
        {
            Assert.That(names.Remove("a").Names, Is.EqualTo(new[] { "b" }));
            Assert.That(names.Remove("c"), Is.SameAs(names));
        });
    }
}
