using System.Text;
using Granary.Data.Shards;
using Granary.Pipelines.Climb.Clustering;
using Granary.Pipelines.Climb.Embedding;
using Granary.Testing;

namespace Granary.EndToEnd.Tests;

/// <summary>`granary mix clusters`: what a clustering found, by command.</summary>
public sealed class MixClustersTests
{
    [Test]
    public void Clusters_are_shown_wherever_they_are_named()
    {
        using var folder = new TempFolder();
        var report = Cluster(folder["runs", "a", "stages", "clusters"]);

        foreach (var named in (string[])["runs/a", "runs/a/stages/clusters", "runs/a/stages/clusters/clusters.json"])
        {
            var json = GranaryProcess.Run(folder.Path, "mix", "clusters", named, "--json");
            var words = GranaryProcess.Run(folder.Path, "mix", "clusters", named);

            Assert.That(json.ExitCode + words.ExitCode, Is.Zero, json.ToString() + words);
            Assert.Multiple(() =>
            {
                Assert.That(json.Json().GetProperty("clusters").EnumerateArray().Select(card => card.GetProperty("name").GetString()), Is.EqualTo(report.Clusters.Select(card => card.Name)));
                Assert.That(json.Json().GetProperty("clusters").EnumerateArray().Sum(card => card.GetProperty("documents").GetInt64()), Is.EqualTo(40));
                Assert.That(words.Output, Does.Contain("40 documents in 2 clusters").And.Contain("letters"));
            });
        }
    }

    [Test]
    public void Folder_without_clusters_is_one_sentence()
    {
        using var folder = new TempFolder();

        var result = GranaryProcess.Run(folder.Path, "mix", "clusters", ".");

        Assert.Multiple(() =>
        {
            Assert.That(result.ExitCode, Is.EqualTo(1));
            Assert.That(result.ErrorLines, Has.Length.EqualTo(1).And.One.Contains("components: clusters"));
        });
    }

    private static ClusterReport Cluster(string folder)
    {
        MixDocument[] documents = [.. Enumerable.Range(0, 40).Select(i =>
        {
            var text = Encoding.UTF8.GetBytes(i % 2 == 0 ? $"letters of many words about weather {i}" : $"{{ return {i} + {i}; }} void main()");
            return new MixDocument(DocumentHash.Of(text), i % 2, text);
        })];
        return new ClusterStage(new HashedNgramsConfig { Dimensions = 8, Features = 1_024 }, new ClusteringConfig { Initial = 2 }, seed: 1, threads: 1)
            .Run(folder, new MixDocuments("documents", ["letters", "code"], () => documents)).Report;
    }
}
