using Granary.Core.Progress;
using Granary.Data.Batching;
using Granary.Models.Language;
using Granary.Torch;

namespace Granary.Training.Evaluation;

/// <summary>
/// Measures a model's loss on whole texts: consecutive windows of W inputs, each predicting its W next ids, so every
/// token but a text's first is predicted exactly once.
/// </summary>
public sealed class Evaluator
{
    // Logits of one portion are this many rows of the vocabulary.
    private const int TokensPerPortion = 2_048;

    private readonly LanguageModel _model;
    private readonly int _window;
    private readonly int[] _bandEnds; // rising, the last one the window

    /// <summary>
    /// Evaluates with windows of a length; 0 takes the longest the model allows. <paramref name="bandEnds"/> cut the window's
    /// positions into bands that are reported apart; those at or beyond the window's end do not count.
    /// </summary>
    /// <exception cref="ArgumentOutOfRangeException">The window is negative or longer than the model takes, or an end is not positive.</exception>
    public Evaluator(LanguageModel model, int window = 0, IReadOnlyList<int>? bandEnds = null)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(window);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(window, model.Spec.MaxPositionEmbeddings);
        _model = model;
        _window = window == 0 ? model.Spec.MaxPositionEmbeddings : window;
        _bandEnds = [.. (bandEnds ?? []).Where(end => end < _window).Distinct().Order(), _window];
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(_bandEnds[0], nameof(bandEnds));
    }

    /// <summary>The loss over all texts.</summary>
    public EvaluationResult Evaluate(IEnumerable<EvaluationDocument> documents, IProgress<ProgressUpdate>? progress = null, CancellationToken cancellationToken = default)
    {
        EvaluationDocument[] texts = [.. documents];
        var (nats, tokens) = (new double[_bandEnds.Length], new long[_bandEnds.Length]);
        var total = Run(texts, windows => Measure(windows, nats, tokens), progress, cancellationToken);
        return new EvaluationResult(texts.Length, total, nats.Sum(), texts.Sum(text => text.Bytes))
        {
            Bands = [.. _bandEnds.Select((end, i) => new EvaluationBand(StartOf(i), end, tokens[i], nats[i]))],
        };
    }

    /// <summary>The loss of each text by itself, in their order. Costs a call of the unembedding for every window.</summary>
    public IReadOnlyList<DocumentLoss> EvaluateEach(IEnumerable<EvaluationDocument> documents, IProgress<ProgressUpdate>? progress = null, CancellationToken cancellationToken = default)
    {
        EvaluationDocument[] texts = [.. documents];
        var nats = new double[texts.Length];
        Run(texts, windows => MeasureEach(windows, nats), progress, cancellationToken);
        return [.. texts.Select((text, i) => new DocumentLoss(Math.Max(0, text.Ids.Length - 1), nats[i], text.Bytes))];
    }

    private long Run(EvaluationDocument[] texts, Action<List<Window>> measure, IProgress<ProgressUpdate>? progress, CancellationToken cancellationToken)
    {
        var windows = new List<Window>();
        foreach (var (i, text) in texts.Index())
        {
            for (var start = 0; start < text.Ids.Length - 1; start += _window)
            {
                var length = Math.Min(_window, text.Ids.Length - 1 - start);
                windows.Add(new Window(i, text.Ids.Slice(start, length), text.Ids.Slice(start + 1, length)));
            }
        }

        // Windows of like length go together, so that little is computed for padding.
        windows.Sort((left, right) => left.Inputs.Length.CompareTo(right.Inputs.Length));
        var total = windows.Sum(window => (long)window.Inputs.Length);
        var done = 0L;
        for (var first = 0; first < windows.Count;)
        {
            cancellationToken.ThrowIfCancellationRequested();
            var rows = RowsThatFit(windows, first);
            measure(windows.GetRange(first, rows));
            done += windows.Skip(first).Take(rows).Sum(window => (long)window.Inputs.Length);
            first += rows;
            progress?.Report(new ProgressUpdate("evaluating", done, total, "tokens"));
        }

        return total;
    }

    private static int RowsThatFit(List<Window> windows, int first)
    {
        var rows = 1;
        while (first + rows < windows.Count && windows[first + rows].Inputs.Length * (rows + 1) <= TokensPerPortion)
        {
            rows++;
        }

        return rows;
    }

    private int StartOf(int band)
    {
        return band == 0 ? 0 : _bandEnds[band - 1];
    }

    private void Measure(List<Window> windows, double[] nats, long[] tokens)
    {
        using var scope = torch.NewDisposeScope();
        using var mode = torch.no_grad();
        var (hidden_BTC, labels_BT) = Hidden(windows);
        var length = windows[^1].Inputs.Length;
        for (var band = 0; band < _bandEnds.Length && StartOf(band) < length; band++)
        {
            var (start, count) = (StartOf(band), Math.Min(_bandEnds[band], length) - StartOf(band));
            var hidden_NC = hidden_BTC.narrow(1, start, count).reshape(-1, _model.Spec.HiddenSize);
            nats[band] += _model.LossSum(hidden_NC, labels_BT.narrow(1, start, count).reshape(-1)).item();
            tokens[band] += windows.Sum(window => Math.Clamp(window.Inputs.Length - start, 0, count));
        }
    }

    private void MeasureEach(List<Window> windows, double[] nats)
    {
        using var scope = torch.NewDisposeScope();
        using var mode = torch.no_grad();
        var (hidden_BTC, labels_BT) = Hidden(windows);
        for (var row = 0; row < windows.Count; row++)
        {
            var hidden_TC = hidden_BTC.narrow(0, row, 1).reshape(-1, _model.Spec.HiddenSize);
            nats[windows[row].Text] += _model.LossSum(hidden_TC, labels_BT.narrow(0, row, 1).reshape(-1)).item();
        }
    }

    private (Tensor Hidden_BTC, Tensor Labels_BT) Hidden(List<Window> windows)
    {
        var length = windows[^1].Inputs.Length;
        var inputs = new long[windows.Count * length];
        var labels = new long[windows.Count * length];
        Array.Fill(labels, TokenBatch.IgnoredTarget);
        for (var row = 0; row < windows.Count; row++)
        {
            // Padding stands behind the text, where a causal model cannot see it.
            Widen(windows[row].Inputs.Span, inputs.AsSpan(row * length));
            Widen(windows[row].Labels.Span, labels.AsSpan(row * length));
        }

        var hidden_BTC = _model.Hidden(torch.tensor(inputs, [windows.Count, length])).view(windows.Count, length, -1);
        return (hidden_BTC, torch.tensor(labels, [windows.Count, length]));
    }

    private static void Widen(ReadOnlySpan<int> ids, Span<long> wide)
    {
        for (var index = 0; index < ids.Length; index++)
        {
            wide[index] = ids[index];
        }
    }

    private readonly record struct Window(int Text, ReadOnlyMemory<int> Inputs, ReadOnlyMemory<int> Labels);
}
