namespace Granary.Cli.Mixtures.Tests;

public sealed class HeldOutSplitTests
{
    [TestCase(0.0, 0)]
    [TestCase(0.5, 500)]
    [TestCase(0.9, 900)]
    [TestCase(1.0, 1_000)]
    public void The_share_of_the_documents_falls_to_the_search(double share, int expected)
    {
        var count = Ids().Count(id => HeldOutSplit.IsForSearch(id, share));

        Assert.That(count, Is.EqualTo(expected).Within(60));
    }

    [Test]
    public void A_larger_share_only_adds_documents()
    {
        var few = Ids().Where(id => HeldOutSplit.IsForSearch(id, 0.3)).ToList();

        Assert.That(few.Where(id => !HeldOutSplit.IsForSearch(id, 0.6)), Is.Empty);
    }

    private static IEnumerable<string> Ids()
    {
        return Enumerable.Range(0, 1_000).Select(i => $"{i:x32}");
    }
}
