using System.Text;
using Granary.Core.Randomness;

namespace Granary.Pipelines.Climb.Clustering.Tests;

public sealed class ClusterWordsTests
{
    [Test]
    public void Typical_words_are_those_of_the_formula_word_by_word()
    {
        const int Clusters = 5;
        var key = RandomKey.FromSeed(3);
        var texts = Enumerable.Range(0, 120).Select(document => (Cluster: document % Clusters, Words: Words(key.Fold(document), document % Clusters))).ToList();
        var words = new ClusterWords(Clusters);
        texts.ForEach(text => words.Add(text.Cluster, Encoding.UTF8.GetBytes(string.Join(' ', text.Words))));

        double Share(int cluster, string word) => texts.Where(text => text.Cluster == cluster).Average(text => text.Words.Contains(word) ? 1.0 : 0);
        double Weight(int cluster, string word) => Share(cluster, word) * Math.Log(Share(cluster, word) / Enumerable.Range(0, Clusters).Average(other => Share(other, word)));

        for (var cluster = 0; cluster < Clusters; cluster++)
        {
            var weights = texts.SelectMany(text => text.Words).Distinct().Where(word => Share(cluster, word) > 0).ToDictionary(word => word, word => Weight(cluster, word));
            var typical = words.MostTypical(cluster, 6);

            Assert.That(typical.Select(word => weights[word]), Is.EqualTo(weights.Values.OrderDescending().Take(6)).Within(1e-12));
        }
    }

    [Test]
    public void Documents_that_come_later_count_too()
    {
        var words = new ClusterWords(2);
        words.Add(0, "apple pear"u8);
        words.Add(1, "stone"u8);
        _ = words.MostTypical(0, 1);
        words.Add(1, "apple"u8);
        words.Add(1, "apple"u8);

        Assert.That(words.MostTypical(0, 1), Is.EqualTo(new[] { "pear" }));
    }

    // Words aaa, aab, ... of which each kind has some more often.
    private static HashSet<string> Words(RandomKey key, int kind)
    {
        return [.. Enumerable.Range(0, 12).Select(i => "aa" + (char)('a' + (((int)key.BelowAt(i, 20) + (i < 4 ? 3 * kind : 0)) % 26)))];
    }
}
