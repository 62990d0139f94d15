using System.Text;
using System.Text.Json;
using Granary.Core;
using Granary.Core.Randomness;
using Granary.Pipelines.Climb.Embedding;

namespace Granary.Pipelines.Climb.Clustering;

/// <summary>Logistic regression over hashed words and pairs of words, trained by AdaGrad in a fixed order.</summary>
internal sealed class QualityClassifier
{
    private const double Rate = 0.5;
    private const int KeptBack = 10; // every tenth text

    private static readonly HashedNgramsConfig Features = new() { Features = 1 << 16, WordNgrams = 2, CharacterNgrams = 0 };

    private readonly float[] _weights = new float[Features.Features];
    private readonly float[] _squares = new float[Features.Features]; // of the gradients so far
    private readonly ThreadLocal<NgramCounter> _counters = new(() => new NgramCounter(Features));
    private double _bias;

    private QualityClassifier()
    {
    }

    /// <summary>Trains one on labelled texts, and measures it on those kept back.</summary>
    /// <exception cref="CorpusException">A line is no labelled text, or all have the same label.</exception>
    public static (QualityClassifier Classifier, ClassifierFit Fit) Train(string name, QualityClassifierConfig config, RandomKey key)
    {
        var classifier = new QualityClassifier();
        var texts = File.ReadLines(config.File).Select((line, i) => classifier.Read(config, line, i + 1)).ToList();
        if (texts.Select(text => text.IsPositive).Distinct().Count() < 2)
        {
            throw new CorpusException(config.File, $"All {texts.Count} labelled texts lie on one side of '{config.PositiveFrom}'. A classifier needs texts of both kinds; give more, or another positive_from.");
        }

        var training = texts.Where((_, i) => i % KeptBack != KeptBack - 1).ToList();
        var keptBack = texts.Where((_, i) => i % KeptBack == KeptBack - 1).ToList();
        for (var epoch = 0; epoch < config.Epochs; epoch++)
        {
            var order = key.Fold(epoch);
            foreach (var (_, text) in training.Index().OrderBy(item => order.UInt64At(item.Index)))
            {
                classifier.Learn(text.Features, text.IsPositive);
            }
        }

        return (classifier, new ClassifierFit(name, training.Count, keptBack.Count, classifier.AreaUnderCurve(keptBack)));
    }

    /// <summary>How likely a text has the label.</summary>
    public float Score(ReadOnlySpan<byte> text)
    {
        return (float)Probability(FeaturesOf(text));
    }

    private (SparseRow Features, bool IsPositive) Read(QualityClassifierConfig config, string line, int number)
    {
        try
        {
            using var json = JsonDocument.Parse(line);
            var text = json.RootElement.GetProperty(config.TextField).GetString() ?? string.Empty;
            return (FeaturesOf(Encoding.UTF8.GetBytes(text)), json.RootElement.GetProperty(config.LabelField).GetDouble() >= config.PositiveFrom);
        }
        catch (Exception exception) when (exception is JsonException or KeyNotFoundException or InvalidOperationException)
        {
            throw new CorpusException(config.File, $"The line is no JSON object with a text in '{config.TextField}' and a number in '{config.LabelField}'. Mend it, or name the fields by text_field and label_field.", number, inner: exception);
        }
    }

    private SparseRow FeaturesOf(ReadOnlySpan<byte> text)
    {
        var row = _counters.Value!.Count(text);
        for (var i = 0; i < row.Values.Length; i++)
        {
            row.Values[i] = 1 + MathF.Log(row.Values[i]);
        }

        FloatSpans.Normalise(row.Values);
        return row;
    }

    private double Probability(SparseRow row)
    {
        var sum = _bias;
        for (var i = 0; i < row.Columns.Length; i++)
        {
            sum += _weights[row.Columns[i]] * row.Values[i];
        }

        return 1 / (1 + Math.Exp(-sum));
    }

    private void Learn(SparseRow row, bool isPositive)
    {
        var error = (float)(Probability(row) - (isPositive ? 1 : 0));
        _bias -= 0.01 * error;
        for (var i = 0; i < row.Columns.Length; i++)
        {
            var (column, gradient) = (row.Columns[i], error * row.Values[i]);
            _squares[column] += gradient * gradient;
            _weights[column] -= (float)(Rate * gradient / Math.Sqrt(_squares[column] + 1e-8));
        }
    }

    private double AreaUnderCurve(List<(SparseRow Features, bool IsPositive)> texts)
    {
        var positives = texts.Where(text => text.IsPositive).Select(text => Probability(text.Features)).ToList();
        var negatives = texts.Where(text => !text.IsPositive).Select(text => Probability(text.Features)).ToList();
        var won = positives.Sum(high => negatives.Sum(low => high > low ? 1.0 : high == low ? 0.5 : 0));
        return won / ((double)positives.Count * negatives.Count);
    }
}
