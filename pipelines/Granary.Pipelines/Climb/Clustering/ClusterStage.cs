using Granary.Core;
using Granary.Core.Files;
using Granary.Core.Progress;
using Granary.Core.Randomness;
using Granary.Core.Runs;
using Granary.Pipelines.Climb.Embedding;

namespace Granary.Pipelines.Climb.Clustering;

/// <summary>Embeds documents and clusters them; all it makes lies in one folder, and a killed run goes on where it was.</summary>
public sealed class ClusterStage
{
    private const string EmbeddingsFolder = "embeddings";
    private const string FittedFileName = "fitted.txt"; // names the build whose embedding was fitted
    private const int MostNumbersToFit = 1 << 30;

    private readonly EmbeddingConfig _embedding;
    private readonly ClusteringConfig _clusters;
    private readonly long _seed;
    private readonly int _threads;

    /// <summary>Creates the stage; what it makes does not depend on the number of threads.</summary>
    public ClusterStage(EmbeddingConfig embedding, ClusteringConfig clusters, long seed, int threads)
    {
        _embedding = embedding;
        _clusters = clusters;
        _seed = seed;
        _threads = threads;
    }

    /// <summary>
    /// Writes embeddings, assignments.bin, clusters.json, clusters.md and the model for further documents to the folder. What
    /// is there already of the same documents and settings is used, names that were edited in clusters.json among it.
    /// </summary>
    /// <exception cref="CorpusException">There are no documents, or the bounds on quality leave none.</exception>
    public ClusterResult Run(string folder, MixDocuments documents, IProgress<ProgressUpdate>? progress = null, CancellationToken cancellationToken = default)
    {
        // (1) Finished before.
        var build = StageRecord.HashOf("clusters 1", documents.Hash, _embedding.Identity, _clusters.Identity, $"{_seed}");
        var (reportPath, assignmentsPath) = (Path.Combine(folder, ClusterReport.FileName), Path.Combine(folder, ClusterAssignments.FileName));
        var before = File.Exists(reportPath) && ClusterReport.Load(reportPath) is var found && found.Build == build ? found : null;
        if (before is not null && File.Exists(assignmentsPath) && ClusterModel.IsIn(folder))
        {
            return new ClusterResult(before, ClusterAssignments.Load(assignmentsPath));
        }

        // (2) Vectors and scores of all documents, part by part.
        var key = RandomKey.FromSeed(_seed).Use("climb/clusters");
        var quality = new QualityScores(_clusters.Prune, key.Use("quality"));
        var corpus = Embed(folder, documents, quality, key, progress, cancellationToken);

        // (3) First clusters, of which some are left out and others become one.
        progress?.Report(new ProgressUpdate("clustering", 0, 0, "documents"));
        var fitted = FitCenters(corpus, key, cancellationToken);
        var first = Assign(corpus, fitted.Centers, cancellationToken);
        var tallies = Tally(corpus, first, fitted.Centers.Rows, documents.Sources.Count, quality.Names.Count);
        var map = ClusterMap.Of(fitted.Centers, tallies, quality.Names, _clusters);
        int[] final = [.. first.Select(cluster => map.Numbers[cluster])];

        // (4) Files, of which the report comes last.
        var samples = new ClusterSamples(corpus, final, map.Count).Read(documents, _embedding.MaxBytes, cancellationToken);
        var assignments = ClusterAssignments.Of(corpus.Distinct.Select(i => (corpus.Documents[i].Hash, final[i])), map.Count);
        var report = new ClusterReport
        {
            Build = build,
            Clusters = Named(Cards(map, tallies, samples, documents.Sources, quality.Names), before),
            Documents = corpus.Distinct.Count,
            PrunedDocuments = map.Numbers.Index().Where(item => item.Item < 0).Sum(item => tallies[item.Index].Documents),
            PrunedBytes = map.Numbers.Index().Where(item => item.Item < 0).Sum(item => tallies[item.Index].Bytes),
            Pruned = map.Pruned,
            Classifiers = quality.Fits,
            InitialClusters = fitted.Centers.Rows,
            Inertia = fitted.Inertia,
            Dendrogram = map.Dendrogram,
            MergesMade = map.MergesMade,
        };
        ClusterModel.Save(folder, _embedding, fitted.Centers, map.Numbers);
        assignments.Save(assignmentsPath);
        AtomicFile.WriteText(Path.Combine(folder, ClusterMarkdown.FileName), ClusterMarkdown.Of(report));
        report.Save(reportPath);
        return new ClusterResult(report, assignments);
    }

    private EmbeddedCorpus Embed(string folder, MixDocuments documents, QualityScores quality, RandomKey key, IProgress<ProgressUpdate>? progress, CancellationToken cancellationToken)
    {
        var build = StageRecord.HashOf("embeddings 1", documents.Hash, _embedding.Identity, _clusters.Prune.Identity, $"{_embedding.DocumentsPerPart}", $"{_seed}");
        using var embedder = _embedding.Create(_threads);
        var parallel = new ParallelOptions { MaxDegreeOfParallelism = _threads, CancellationToken = cancellationToken };
        var pass = new EmbeddingPass(_embedding, embedder, quality, parallel);
        var model = ClusterModel.FolderIn(folder);
        Directory.CreateDirectory(model);
        if (embedder.NeedsFit)
        {
            var fitted = Path.Combine(model, FittedFileName);
            if (File.Exists(fitted) && File.ReadAllText(fitted) == build)
            {
                embedder.Load(model);
            }
            else
            {
                pass.Fit(documents, key, progress);
                embedder.Save(model);
                AtomicFile.WriteText(fitted, build);
            }
        }

        var parts = new EmbeddingParts(Path.Combine(folder, EmbeddingsFolder), build, embedder.Dimensions, quality.Names.Count);
        pass.Embed(documents, parts, progress);
        return new EmbeddedCorpus(parts, embedder.Dimensions) is { Documents.Count: > 0 } corpus
            ? corpus
            : throw new CorpusException("corpus", "There are no documents to cluster. Give the corpus sources with text.");
    }

    private KMeansResult FitCenters(EmbeddedCorpus corpus, RandomKey key, CancellationToken cancellationToken)
    {
        var most = Math.Min(_clusters.FitDocuments, MostNumbersToFit / corpus.Columns);
        var drawn = Sampling.Draw(corpus.Distinct.Count, most, key.Use("fit"));
        var rows = corpus.RowsOf([.. drawn.Select(place => corpus.Distinct[place])]);
        return new KMeans(_clusters, key.Use("k-means"), _threads).Fit(rows, cancellationToken);
    }

    private int[] Assign(EmbeddedCorpus corpus, RowMatrix centers, CancellationToken cancellationToken)
    {
        using var workers = new BlockWorkers(_threads);
        using var nearest = new Centers(centers);
        var clusters = new int[corpus.Documents.Count];
        foreach (var (start, rows) in corpus.Parts())
        {
            cancellationToken.ThrowIfCancellationRequested();
            ClusterModel.Nearest(rows, nearest, workers).CopyTo(clusters, start);
        }

        return clusters;
    }

    private static ClusterTally[] Tally(EmbeddedCorpus corpus, int[] clusters, int count, int sources, int scores)
    {
        ClusterTally[] tallies = [.. Enumerable.Range(0, count).Select(_ => new ClusterTally(sources, scores))];
        foreach (var document in corpus.Distinct)
        {
            tallies[clusters[document]].Add(corpus.Documents[document]);
        }

        return tallies;
    }

    // A stage that lost a file makes the same clusters again; their names may have been edited.
    private static IReadOnlyList<ClusterCard> Named(IReadOnlyList<ClusterCard> cards, ClusterReport? before)
    {
        return before is null ? cards : [.. cards.Zip(before.Clusters, (card, old) => card with { Name = old.Name })];
    }

    private static IReadOnlyList<ClusterCard> Cards(
        ClusterMap map, ClusterTally[] tallies, IReadOnlyList<(IReadOnlyList<string> Words, IReadOnlyList<string> Beginnings)> samples, IReadOnlyList<string> sources, IReadOnlyList<string> scores)
    {
        var cards = new ClusterCard[map.Count];
        for (var number = 0; number < map.Count; number++)
        {
            var tally = new ClusterTally(sources.Count, scores.Count);
            var merged = map.Numbers.Index().Where(item => item.Item == number).Select(item => tallies[item.Index]).ToList();
            merged.ForEach(tally.Add);
            cards[number] = new ClusterCard
            {
                Number = number,
                Name = string.Join('-', [$"{number:00}", .. samples[number].Words.Take(3)]),
                Documents = tally.Documents,
                Bytes = tally.Bytes,
                TypicalWords = samples[number].Words,
                Samples = samples[number].Beginnings,
                Sources = sources.Index().Where(source => tally.Sources[source.Index] > 0).ToDictionary(source => source.Item, source => tally.Sources[source.Index]),
                Lengths = tally.Lengths,
                Quality = scores.Index().Where(score => !double.IsNaN(tally.Mean(score.Index))).ToDictionary(score => score.Item, score => tally.Mean(score.Index)),
                MergedFrom = merged.Count,
            };
        }

        return cards;
    }
}
