using Granary.Core.Progress;
using Granary.Core.Randomness;
using Granary.Data.Batching;
using Granary.Models.Language;
using Granary.Torch;
using Granary.Training.Objectives;

namespace Granary.Training.Evaluation;

/// <summary>
/// Measures an objective's own loss on whole texts, for models that do not read from left to right: rows of W consecutive
/// tokens, hidden by a key that is given, so that the same rows are hidden alike every time.
/// </summary>
public sealed class ObjectiveEvaluator
{
    // Logits of one portion are this many rows of the vocabulary.
    private const int TokensPerPortion = 2_048;

    private readonly LanguageModel _model;
    private readonly IObjective _objective;
    private readonly RandomKey _key;
    private readonly int _window;

    /// <summary>Evaluates with rows of a length; 0 takes the longest the model allows.</summary>
    public ObjectiveEvaluator(LanguageModel model, IObjective objective, RandomKey key, int window = 0)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(window);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(window, model.Spec.MaxPositionEmbeddings);
        _model = model;
        _objective = objective;
        _key = key;
        _window = window == 0 ? model.Spec.MaxPositionEmbeddings : window;
    }

    /// <summary>The loss over all texts, as one step's would be; its tokens are those the loss is a mean of.</summary>
    public ObjectiveLoss Evaluate(IEnumerable<EvaluationDocument> documents, IProgress<ProgressUpdate>? progress = null, CancellationToken cancellationToken = default)
    {
        var (count, rows) = (0L, new List<ReadOnlyMemory<int>>());
        foreach (var document in documents)
        {
            count++;
            for (var start = 0; start < document.Ids.Length; start += _window)
            {
                rows.Add(document.Ids[start..Math.Min(start + _window, document.Ids.Length)]);
            }
        }

        var (sums, denominators) = (new Dictionary<string, double>(), new Dictionary<string, double>());
        var perPortion = Math.Max(1, TokensPerPortion / _window);
        for (var first = 0; first < rows.Count; first += perPortion)
        {
            cancellationToken.ThrowIfCancellationRequested();
            Measure(SliceOf(rows.GetRange(first, Math.Min(perPortion, rows.Count - first)), first), sums, denominators);
            progress?.Report(new ProgressUpdate("evaluating", Math.Min(first + perPortion, rows.Count), rows.Count, "rows"));
        }

        var loss = sums.Sum(entry => denominators[entry.Key] > 0 ? entry.Value / denominators[entry.Key] : 0);
        return new ObjectiveLoss(count, rows.Sum(row => (long)row.Length), loss);
    }

    private void Measure(BatchSlice rows, Dictionary<string, double> sums, Dictionary<string, double> denominators)
    {
        using var scope = torch.NewDisposeScope();
        using var mode = torch.no_grad();
        foreach (var view in _objective.Prepare(rows, _key).Views)
        {
            using var cuts = new GradientCuts();
            var states = _model.Trunk(view.ToInput(_model.Spec));
            foreach (var target in view.Targets)
            {
                var output = _model.Read(states, target.ToCall(view.Rows, view.Length), cuts);
                var weights_M = target.Weights is { } weights ? torch.tensor(weights.Span) : null;
                var sum = _model.LossSum(output.Rows_MC, torch.tensor(target.Labels.Span), weights_M).item();
                sums[target.Name] = sums.GetValueOrDefault(target.Name) + (target.Coefficient * sum);
                denominators[target.Name] = denominators.GetValueOrDefault(target.Name) + target.Denominator;
                states = output.States;
            }
        }
    }

    private BatchSlice SliceOf(List<ReadOnlyMemory<int>> rows, int first)
    {
        var (tokens, targets, segments) = (new long[rows.Count * _window], new long[rows.Count * _window], new int[rows.Count * _window]);
        Array.Fill(targets, TokenBatch.IgnoredTarget);
        foreach (var (index, row) in rows.Index())
        {
            for (var column = 0; column < row.Length; column++)
            {
                var place = (index * _window) + column;
                tokens[place] = row.Span[column];
                segments[place] = 1;
                targets[place] = column + 1 < row.Length ? row.Span[column + 1] : TokenBatch.IgnoredTarget;
            }
        }

        return new BatchSlice(rows.Count, _window, tokens, targets, default, segments, default, first);
    }
}
