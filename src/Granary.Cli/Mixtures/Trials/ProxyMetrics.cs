using Granary.Cli.Stages;
using Granary.Data.Retrieval;
using Granary.Models.Language;
using Granary.Pipelines.Corpus;
using Granary.Training.Evaluation;
using Granary.Training.Evaluation.Retrieval;

namespace Granary.Cli.Mixtures.Trials;

/// <summary>Measures a proxy by the objective's metrics.</summary>
internal sealed class ProxyMetrics
{
    private const int Depths = 3;

    private readonly MixObjectiveConfig _objective;
    private readonly IReadOnlyList<HeldOutDocument> _documents;
    private readonly IReadOnlyList<DocumentLoss> _losses;

    private ProxyMetrics(MixObjectiveConfig objective, IReadOnlyList<HeldOutDocument> documents, IReadOnlyList<DocumentLoss> losses)
    {
        _objective = objective;
        _documents = documents;
        _losses = losses;
    }

    /// <summary>Every metric, by name.</summary>
    public IReadOnlyDictionary<string, double> Values { get; private init; } = new Dictionary<string, double>();

    /// <summary>The objective: the mean of the metrics by their weights.</summary>
    public double Score => _objective.Metrics.Sum(metric => metric.Weight * Values[metric.Name]) / _objective.Metrics.Sum(metric => metric.Weight);

    /// <summary>The losses of the documents that metrics with a weight measure, in their order.</summary>
    public IReadOnlyList<DocumentLoss> OfObjective
    {
        get
        {
            var sources = _objective.Metrics.Where(metric => metric.Weight > 0).SelectMany(metric => metric.Measured).ToHashSet();
            return [.. _documents.Zip(_losses).Where(pair => sources.Contains(pair.First.Source)).Select(pair => pair.Second)];
        }
    }

    /// <summary>Measures a model.</summary>
    public static ProxyMetrics Of(LanguageModel model, ProxyInputs inputs, CancellationToken cancellationToken)
    {
        var (objective, documents, tokenizer) = (inputs.Mix.Objective, inputs.Documents, inputs.Tokenizer);
        var losses = new Evaluator(model).EvaluateEach(HeldOutText.Encode([.. documents.Select(document => document.Text)], tokenizer), cancellationToken: cancellationToken);
        var metrics = new ProxyMetrics(objective, documents, losses);
        return new ProxyMetrics(objective, documents, losses)
        {
            Values = objective.Metrics.ToDictionary(metric => metric.Name, metric => metric.Task is { } task ? NatsOf(task, metric, model, inputs, cancellationToken) : metrics.LossOf(metric)),
        };
    }

    private double LossOf(MixMetricConfig metric)
    {
        var measured = _documents.Zip(_losses).Where(pair => metric.Measured.Contains(pair.First.Source)).Select(pair => pair.Second).ToList();
        var nats = measured.Sum(loss => loss.Nats);
        return metric.IsInNats ? nats / measured.Sum(loss => loss.Tokens) : nats / Math.Log(2) / measured.Sum(loss => loss.Bytes);
    }

    // The right answer's nats: says more of a small model than how often it is right, which is never or by chance.
    private static double NatsOf(string task, MixMetricConfig metric, LanguageModel model, ProxyInputs inputs, CancellationToken cancellationToken)
    {
        var plan = new RetrievalPlan { Tasks = [task], Lengths = [metric.Length], Depths = Depths, Items = metric.Items };
        var world = inputs.Config.Corpus.Sources.OfType<RetrievalSourceConfig>().FirstOrDefault()?.World ?? new();
        var evaluator = new RetrievalEvaluator(model, inputs.Tokenizer, new RetrievalWorld(world), new GeneratedFiller());
        return evaluator.Evaluate(plan, cancellationToken: cancellationToken).Average(cell => cell.Nats);
    }
}
