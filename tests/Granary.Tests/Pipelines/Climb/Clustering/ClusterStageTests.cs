using System.Text;
using Granary.Core;
using Granary.Core.Progress;
using Granary.Data.Shards;
using Granary.Pipelines.Climb.Embedding;
using Granary.Testing;

namespace Granary.Pipelines.Climb.Clustering.Tests;

public sealed class ClusterStageTests
{
    private static readonly HashedNgramsConfig Embedding = new() { Dimensions = 32, Features = 4_096, DocumentsPerPart = 100 };
    private static readonly ClusteringConfig Clusters = new() { Initial = 24, Merge = new MergeConfig { TargetK = 6 } };

    [Test]
    public void Kinds_of_text_are_told_apart()
    {
        using var folder = new TempFolder();
        var documents = LabelledTexts.Make(900, kinds: 6);

        var result = Stage().Run(folder.Path, documents.ToStage(6));

        Assert.Multiple(() =>
        {
            Assert.That(Rand(result, documents), Is.GreaterThanOrEqualTo(0.9));
            Assert.That(result.Report.Clusters.Select(card => card.Number), Is.EqualTo(Enumerable.Range(0, 6)));
            Assert.That(result.Report.Clusters.Sum(card => card.Documents), Is.EqualTo(900));
            Assert.That(result.Report.Clusters.Sum(card => card.Bytes), Is.EqualTo(documents.Sum(document => document.Text.Length)));
            Assert.That(result.Report.Clusters.Select(card => card.Lengths.Sum()), Is.EqualTo(result.Report.Clusters.Select(card => card.Documents)));
            Assert.That(result.Report.Clusters.Select(card => card.Name), Is.Unique);
            Assert.That(result.Report.Clusters.Select(card => card.Samples.Count), Is.All.EqualTo(3));
            Assert.That(result.Report.Clusters.SelectMany(card => card.TypicalWords.Take(5)), Is.Unique, "what is typical of one is not of another");
        });
    }

    [Test]
    public void Order_of_the_documents_and_the_number_of_threads_change_nothing()
    {
        using var folder = new TempFolder();
        var documents = LabelledTexts.Make(300, kinds: 5);

        var one = Stage(threads: 1).Run(folder["a"], documents.ToStage(5));
        var other = Stage(threads: 3).Run(folder["b"], documents.AsEnumerable().Reverse().ToList().ToStage(5));

        Assert.Multiple(() =>
        {
            Assert.That(other.Assignments.Hash, Is.EqualTo(one.Assignments.Hash));
            Assert.That(File.ReadAllText(folder["b", ClusterReport.FileName]), Is.EqualTo(File.ReadAllText(folder["a", ClusterReport.FileName])));
        });
    }

    [Test]
    public void Stage_that_is_killed_gives_the_bytes_of_an_undisturbed_one([Values(0, 150, 450, 750)] int behind)
    {
        // The documents are read to draw a sample, to embed, and to describe the clusters: 300 each time.
        using var folder = new TempFolder();
        var documents = LabelledTexts.Make(300, kinds: 5);
        Stage().Run(folder["undisturbed"], documents.ToStage(5));
        var read = 0;
        IEnumerable<MixDocument> Broken()
        {
            foreach (var document in documents)
            {
                yield return read++ < behind ? document : throw new OperationCanceledException();
            }
        }

        Assert.That(() => Stage().Run(folder["killed"], documents.ToStage(5) with { Read = Broken }), Throws.TypeOf<OperationCanceledException>());
        Stage().Run(folder["killed"], documents.ToStage(5));

        Assert.That(Snapshot(folder["killed"]), Is.EqualTo(Snapshot(folder["undisturbed"])));
    }

    [Test]
    public void Finished_stage_reads_nothing_and_keeps_names_that_were_edited()
    {
        using var folder = new TempFolder();
        var documents = LabelledTexts.Make(200, kinds: 4);
        var made = Stage().Run(folder.Path, documents.ToStage(4));
        var path = folder[ClusterReport.FileName];
        File.WriteAllText(path, File.ReadAllText(path).Replace(made.Report.Clusters[1].Name, "recipes"));

        var again = Stage().Run(folder.Path, documents.ToStage(4) with { Read = () => throw new InvalidOperationException() });

        Assert.Multiple(() =>
        {
            Assert.That(again.Report.Clusters[1].Name, Is.EqualTo("recipes"));
            Assert.That(again.Assignments.Hash, Is.EqualTo(made.Assignments.Hash));
        });
    }

    [TestCase("clusters.json", Description = "the report")]
    [TestCase("assignments.bin", Description = "whose each document is")]
    [TestCase("model/centers.bin", Description = "the centres")]
    public void A_file_that_was_lost_is_made_anew_and_the_same(string lost)
    {
        using var folder = new TempFolder();
        var documents = LabelledTexts.Make(200, kinds: 4);
        Stage().Run(folder.Path, documents.ToStage(4));
        var whole = Snapshot(folder.Path);
        File.Delete(folder[lost]);

        Stage().Run(folder.Path, documents.ToStage(4));

        Assert.That(Snapshot(folder.Path), Is.EqualTo(whole));
    }

    [Test]
    public void Names_that_were_edited_stay_when_the_centres_were_lost()
    {
        using var folder = new TempFolder();
        var documents = LabelledTexts.Make(200, kinds: 4);
        var made = Stage().Run(folder.Path, documents.ToStage(4));
        var path = folder[ClusterReport.FileName];
        File.WriteAllText(path, File.ReadAllText(path).Replace(made.Report.Clusters[1].Name, "recipes"));
        File.Delete(folder[ClusterModel.FileInStage]);

        var again = Stage().Run(folder.Path, documents.ToStage(4));

        Assert.That(again.Report.Clusters[1].Name, Is.EqualTo("recipes"));
    }

    [Test]
    public void Clusters_of_another_embedding_are_no_one_s_to_assign_to()
    {
        using var folder = new TempFolder();
        Stage().Run(folder.Path, LabelledTexts.Make(100, kinds: 2).ToStage(2));

        Assert.That(() => ClusterModel.Load(folder.Path, Embedding with { MaxBytes = 100 }, threads: 1), Throws.TypeOf<CorpusException>().With.Message.Contains("made with another embedding").And.Message.Contains("bytes=100"));
        Assert.That(() => ClusterModel.Load(folder["nowhere"], Embedding, threads: 1), Throws.TypeOf<CorpusException>().With.Message.Contains("run the configuration that made these clusters again"));
    }

    [Test]
    public void Other_settings_cluster_anew_with_the_same_embeddings()
    {
        using var folder = new TempFolder();
        var documents = LabelledTexts.Make(200, kinds: 4);
        Stage().Run(folder.Path, documents.ToStage(4));
        var tasks = new List<string>();

        var again = new ClusterStage(Embedding, Clusters with { Merge = new MergeConfig { TargetK = 3 } }, seed: 1, threads: 2)
            .Run(folder.Path, documents.ToStage(4), new Heard(update => tasks.Add(update.Task)));

        Assert.Multiple(() =>
        {
            Assert.That(again.Report.Clusters, Has.Count.EqualTo(3));
            Assert.That(tasks, Has.None.EqualTo("learning the embedding"));
        });
    }

    [Test]
    public void Names_that_are_given_twice_are_refused()
    {
        using var folder = new TempFolder();
        var documents = LabelledTexts.Make(200, kinds: 4);
        var made = Stage().Run(folder.Path, documents.ToStage(4));
        var path = folder[ClusterReport.FileName];
        File.WriteAllText(path, File.ReadAllText(path).Replace(made.Report.Clusters[1].Name, made.Report.Clusters[0].Name));

        Assert.That(() => Stage().Run(folder.Path, documents.ToStage(4)), Throws.TypeOf<CorpusException>().With.Message.Contains("Two clusters are called"));
    }

    [Test]
    public void Further_documents_go_to_the_clusters_of_their_kind()
    {
        using var folder = new TempFolder();
        var documents = LabelledTexts.Make(600, kinds: 5);
        var result = Stage().Run(folder.Path, documents.ToStage(5));
        var further = LabelledTexts.Make(100, kinds: 5, seed: 2);

        using var model = ClusterModel.Load(folder.Path, Embedding, threads: 2);
        var same = model.Assign([.. documents.Select(document => document.Text)]);
        var assigned = model.Assign([.. further.Select(document => document.Text)]);

        Assert.Multiple(() =>
        {
            Assert.That(same, Is.EqualTo(documents.Select(document => result.Assignments.TryFind(document.Hash, out var cluster) ? cluster : -9)));
            Assert.That(Samples.AdjustedRand(assigned, [.. further.Select(document => document.Source)]), Is.GreaterThan(0.8));
        });
    }

    [Test]
    public void Clusters_out_of_bounds_are_left_out_and_their_documents_counted()
    {
        using var folder = new TempFolder();
        var documents = LabelledTexts.Make(400, kinds: 4).ConvertAll(document => document with { Scores = new Dictionary<string, double> { ["stars"] = document.Source } });
        var bounds = new Dictionary<string, ScoreBoundsConfig> { ["stars"] = new() { Min = 0.5 }, ["words"] = new() { Max = 1e6 } };

        var result = new ClusterStage(Embedding, Clusters with { Prune = new PruneConfig { Bounds = bounds } }, seed: 1, threads: 2).Run(folder.Path, documents.ToStage(4));

        var left = documents.Where(document => result.Assignments.TryFind(document.Hash, out var cluster) && cluster == ClusterAssignments.Pruned).ToList();
        Assert.Multiple(() =>
        {
            Assert.That(left, Has.Count.InRange(85, 115), "a kind of four");
            Assert.That(result.Report.PrunedDocuments, Is.EqualTo(left.Count));
            Assert.That(result.Report.PrunedBytes, Is.EqualTo(left.Sum(document => document.Text.Length)));
            Assert.That(result.Report.Clusters.Sum(card => card.Documents), Is.EqualTo(400 - left.Count));
            Assert.That(result.Report.Pruned.Select(score => (score.Score, score.Documents)), Is.EqualTo(new[] { ("stars", (long)left.Count), ("words", 0L) }));
            Assert.That(result.Report.Clusters.Select(card => card.Quality["stars"]), Is.All.GreaterThanOrEqualTo(0.5));
        });
    }

    [Test]
    public void Bounds_that_leave_nothing_or_bound_nothing_are_refused()
    {
        using var folder = new TempFolder();
        var documents = LabelledTexts.Make(50, kinds: 2).ToStage(2);
        ClusterStage Bounded(string score) => new(Embedding, Clusters with { Prune = new PruneConfig { Bounds = new Dictionary<string, ScoreBoundsConfig> { [score] = new() { Min = 1e9 } } } }, seed: 1, threads: 1);

        Assert.Multiple(() =>
        {
            Assert.That(() => Bounded("words").Run(folder["a"], documents), Throws.TypeOf<CorpusException>().With.Message.Contains("leave out all"));
            Assert.That(() => Bounded("stars").Run(folder["b"], documents), Throws.TypeOf<CorpusException>().With.Message.Contains("no document has such a score"));
        });
    }

    [Test]
    public void No_documents_are_refused()
    {
        using var folder = new TempFolder();

        Assert.That(() => Stage().Run(folder.Path, new List<MixDocument>().ToStage(1)), Throws.TypeOf<CorpusException>().With.Message.Contains("There are no documents to cluster"));
    }

    [TestCase(1, Description = "one document")]
    [TestCase(3, Description = "fewer than clusters")]
    [TestCase(10, Description = "a tiny source")]
    public void Few_documents_are_clustered_all_the_same(int count)
    {
        using var folder = new TempFolder();

        var result = Stage().Run(folder.Path, LabelledTexts.Make(count, kinds: 2).ToStage(2));

        Assert.Multiple(() =>
        {
            Assert.That(result.Assignments.Count, Is.EqualTo(count));
            Assert.That(result.Report.Clusters, Has.Count.EqualTo(Math.Min(count, 6)));
        });
    }

    [Test]
    public void Identical_documents_count_once_and_texts_that_say_nothing_are_a_cluster()
    {
        using var folder = new TempFolder();
        MixDocument Document(string text) => new(DocumentHash.Of(text), 0, Encoding.UTF8.GetBytes(text));
        List<MixDocument> documents = [.. Enumerable.Repeat(Document("the same text"), 20), Document(""), Document(" \n ")];

        var result = Stage().Run(folder.Path, documents.ToStage(1));

        Assert.Multiple(() =>
        {
            Assert.That(result.Report.Documents, Is.EqualTo(3));
            Assert.That(result.Report.Clusters.Select(card => card.Documents), Is.EqualTo(new[] { 2, 1 }));
        });
    }

    [Test]
    public void Mini_batches_over_a_part_of_the_documents_assign_all_of_them()
    {
        using var folder = new TempFolder();
        var documents = LabelledTexts.Make(900, kinds: 6);

        var result = new ClusterStage(Embedding, Clusters with { Method = "mini-batch", FitDocuments = 500, BatchDocuments = 128 }, seed: 1, threads: 2).Run(folder.Path, documents.ToStage(6));

        Assert.Multiple(() =>
        {
            Assert.That(result.Assignments.Count, Is.EqualTo(900));
            Assert.That(Rand(result, documents), Is.GreaterThan(0.8));
        });
    }

    [Test]
    [Category(SharedData.Category)]
    public void Plays_encyclopedia_and_code_are_told_apart()
    {
        var texts = SharedData.Find("text");
        if (texts is null)
        {
            Assert.Ignore("The folder shared/data/text is absent.");
        }

        using var folder = new TempFolder();
        List<MixDocument> documents =
        [
            .. Pieces(0, [Path.Combine(texts!, "tinyshakespeare.txt")]),
            .. Pieces(1, [Path.Combine(texts!, "wikitext2.valid.txt")]),
            .. Pieces(2, Directory.EnumerateFiles(Repository.PathOf("src"), "*.cs", SearchOption.AllDirectories)),
            .. Pieces(3, Directory.EnumerateFiles(Repository.PathOf("native"), "*.*", SearchOption.AllDirectories).Where(file => file.EndsWith(".h", StringComparison.Ordinal) || file.EndsWith(".cpp", StringComparison.Ordinal))),
        ];

        var result = new ClusterStage(new HashedNgramsConfig { Dimensions = 64 }, new ClusteringConfig { Initial = 64, Merge = new MergeConfig { TargetK = 4 } }, seed: 1, threads: 2).Run(folder.Path, documents.ToStage(4));

        TestContext.Out.WriteLine(File.ReadAllText(folder[ClusterMarkdown.FileName]));
        Assert.That(Rand(result, documents), Is.GreaterThanOrEqualTo(0.9));
    }

    private static ClusterStage Stage(int threads = 2)
    {
        return new ClusterStage(Embedding, Clusters, seed: 1, threads);
    }

    private static double Rand(ClusterResult result, IReadOnlyList<MixDocument> documents)
    {
        return Samples.AdjustedRand([.. documents.Select(document => result.Assignments.TryFind(document.Hash, out var cluster) ? cluster : -9)], [.. documents.Select(document => document.Source)]);
    }

    // Pieces of about 2,000 characters, as whole lines.
    private static IEnumerable<MixDocument> Pieces(int source, IEnumerable<string> files)
    {
        var piece = new StringBuilder();
        foreach (var line in files.Order(StringComparer.Ordinal).SelectMany(File.ReadLines).Take(20_000))
        {
            piece.AppendLine(line);
            if (piece.Length >= 2_000)
            {
                var text = Encoding.UTF8.GetBytes(piece.ToString());
                piece.Clear();
                yield return new MixDocument(DocumentHash.Of(text), source, text);
            }
        }
    }

    private static Dictionary<string, string> Snapshot(string folder)
    {
        return Directory.EnumerateFiles(folder, "*", SearchOption.AllDirectories)
            .ToDictionary(file => Path.GetRelativePath(folder, file), file => Convert.ToHexString(File.ReadAllBytes(file)));
    }

    private sealed class Heard(Action<ProgressUpdate> report) : IProgress<ProgressUpdate>
    {
        public void Report(ProgressUpdate value)
        {
            report(value);
        }
    }
}
