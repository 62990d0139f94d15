namespace Granary.Pipelines.Climb.Clustering.Tests;

public sealed class ClusterMarkdownTests
{
    [Test]
    public void Names_and_texts_are_shown_as_they_are()
    {
        var report = new ClusterReport
        {
            Build = "b",
            Documents = 3,
            PrunedDocuments = 0,
            PrunedBytes = 0,
            InitialClusters = 1,
            Inertia = 1,
            Clusters = [Card("00-a|b <b>_x_</b>", ["# no heading\nof `code` & [link](x)"])],
        };

        var text = ClusterMarkdown.Of(report);

        Assert.Multiple(() =>
        {
            Assert.That(text, Does.Contain(@"| 00-a\|b \<b\>\_x\_\</b\> |").And.Contain(@"## 0: 00-a\|b \<b\>\_x\_\</b\>"));
            Assert.That(text, Does.Contain(@"> \# no heading of \`code\` \& \[link\](x)"));
            Assert.That(text, Does.Contain(@"my\_source 3").And.Contain(@"mean\_length 2"));
        });
    }

    private static ClusterCard Card(string name, string[] samples)
    {
        return new ClusterCard
        {
            Number = 0,
            Name = name,
            Documents = 3,
            Bytes = 30,
            TypicalWords = ["word"],
            Samples = samples,
            Sources = new Dictionary<string, long> { ["my_source"] = 3 },
            Lengths = [3],
            Quality = new Dictionary<string, double> { ["mean_length"] = 2 },
            MergedFrom = 1,
        };
    }
}
