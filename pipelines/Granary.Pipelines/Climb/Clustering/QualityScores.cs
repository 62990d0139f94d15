using Granary.Core.Randomness;
using Granary.Pipelines.Climb.Embedding;

namespace Granary.Pipelines.Climb.Clustering;

/// <summary>All scores that documents get: the built-in ones, those of trained classifiers, and columns of the corpus that a bound names.</summary>
internal sealed class QualityScores
{
    private readonly List<(string Name, QualityClassifier Classifier)> _classifiers = [];
    private readonly List<string> _columns;

    /// <summary>Trains the classifiers.</summary>
    public QualityScores(PruneConfig config, RandomKey key)
    {
        foreach (var (name, classifier) in config.Classifiers.OrderBy(classifier => classifier.Key, StringComparer.Ordinal))
        {
            var (trained, fit) = QualityClassifier.Train(name, classifier, key.Use(name));
            _classifiers.Add((name, trained));
            Fits.Add(fit);
        }

        _columns = [.. config.Bounds.Keys.Except(QualityHeuristics.Names).Except(config.Classifiers.Keys).Order(StringComparer.Ordinal)];
        Names = [.. QualityHeuristics.Names, .. _classifiers.Select(classifier => classifier.Name), .. _columns];
    }

    /// <summary>The scores' names, in the order of <see cref="Score"/>.</summary>
    public IReadOnlyList<string> Names { get; }

    /// <summary>How well the classifiers do.</summary>
    public List<ClassifierFit> Fits { get; } = [];

    /// <summary>The scores of a document; NaN for a column it lacks.</summary>
    public float[] Score(MixDocument document)
    {
        var text = document.Text.Span;
        var scores = new float[Names.Count];
        QualityHeuristics.Score(text).CopyTo(scores, 0);
        var at = QualityHeuristics.Names.Count;
        foreach (var (_, classifier) in _classifiers)
        {
            scores[at++] = classifier.Score(text);
        }

        foreach (var column in _columns)
        {
            scores[at++] = document.Scores is { } given && given.TryGetValue(column, out var score) ? (float)score : float.NaN;
        }

        return scores;
    }
}
