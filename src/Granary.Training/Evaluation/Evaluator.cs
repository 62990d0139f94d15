using Granary.Core.Progress;
using Granary.Data.Batching;
using Granary.Models.Decoder;
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

    private readonly DecoderModel _model;
    private readonly int _window;

    /// <summary>Evaluates with windows of a length; 0 takes the longest the model allows.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The window is negative or longer than the model takes.</exception>
    public Evaluator(DecoderModel model, int window = 0)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(window);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(window, model.Spec.MaxPositionEmbeddings);
        _model = model;
        _window = window == 0 ? model.Spec.MaxPositionEmbeddings : window;
    }

    /// <summary>The loss over all texts.</summary>
    public EvaluationResult Evaluate(IEnumerable<EvaluationDocument> documents, IProgress<ProgressUpdate>? progress = null, CancellationToken cancellationToken = default)
    {
        var (count, bytes) = (0L, 0L);
        var windows = new List<(ReadOnlyMemory<int> Inputs, ReadOnlyMemory<int> Labels)>();
        foreach (var document in documents)
        {
            count++;
            bytes += document.Bytes;
            for (var start = 0; start < document.Ids.Length - 1; start += _window)
            {
                var length = Math.Min(_window, document.Ids.Length - 1 - start);
                windows.Add((document.Ids.Slice(start, length), document.Ids.Slice(start + 1, length)));
            }
        }

        // Windows of like length go together, so that little is computed for padding.
        windows.Sort((left, right) => left.Inputs.Length.CompareTo(right.Inputs.Length));
        var total = windows.Sum(window => (long)window.Inputs.Length);
        var nats = 0.0;
        var done = 0L;
        for (var first = 0; first < windows.Count;)
        {
            cancellationToken.ThrowIfCancellationRequested();
            var rows = RowsThatFit(windows, first);
            nats += LossOf(windows.GetRange(first, rows));
            done += windows.Skip(first).Take(rows).Sum(window => (long)window.Inputs.Length);
            first += rows;
            progress?.Report(new ProgressUpdate("evaluating", done, total, "tokens"));
        }

        return new EvaluationResult(count, total, nats, bytes);
    }

    private static int RowsThatFit(List<(ReadOnlyMemory<int> Inputs, ReadOnlyMemory<int> Labels)> windows, int first)
    {
        var rows = 1;
        while (first + rows < windows.Count && windows[first + rows].Inputs.Length * (rows + 1) <= TokensPerPortion)
        {
            rows++;
        }

        return rows;
    }

    private double LossOf(List<(ReadOnlyMemory<int> Inputs, ReadOnlyMemory<int> Labels)> windows)
    {
        using var scope = torch.NewDisposeScope();
        using var mode = torch.no_grad();
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

        var hidden_NC = _model.Hidden(torch.tensor(inputs, [windows.Count, length]));
        return _model.LossSum(hidden_NC, torch.tensor(labels)).item();
    }

    private static void Widen(ReadOnlySpan<int> ids, Span<long> wide)
    {
        for (var index = 0; index < ids.Length; index++)
        {
            wide[index] = ids[index];
        }
    }
}
