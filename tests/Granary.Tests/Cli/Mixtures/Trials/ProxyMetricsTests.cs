using System.Text;
using Granary.Cli.Stages;
using Granary.Core.Configuration;
using Granary.Core.Randomness;
using Granary.Core.Runs;
using Granary.Data.Batching.Tests;
using Granary.Data.Tokenization;
using Granary.Models.Language;
using Granary.Models.Layers;
using Granary.Training.Evaluation;

namespace Granary.Cli.Mixtures.Trials.Tests;

public sealed class ProxyMetricsTests
{
    private static readonly Tokenizer Bytes = Tokenizer.Create(new TokenizerConfig { Type = TokenizerConfig.Bytes }, []);

    private static readonly HeldOutDocument[] Documents =
    [
        new("0", "notes", Encoding.UTF8.GetBytes("one and two and three")),
        new("1", "web", Encoding.UTF8.GetBytes("four, five")),
        new("2", "notes", Encoding.UTF8.GetBytes("and six, seven and eight after all of the others")),
    ];

    [Test]
    public void Metrics_are_what_the_evaluator_says_of_their_sources_and_the_score_is_their_mean_by_weight()
    {
        var inputs = Inputs("{name: heldout.notes, weight: 3}, {name: both, sources: [notes, web], unit: nats-per-token}, {name: heldout.web, weight: 0}");
        using var model = Build(inputs);

        var metrics = ProxyMetrics.Of(model, inputs, CancellationToken.None);

        var (notes, both, web) = (Evaluated(model, "notes"), Evaluated(model, "notes", "web"), Evaluated(model, "web"));
        Assert.That(metrics.Values["heldout.notes"], Is.EqualTo(notes.BitsPerByte).Within(1e-5));
        Assert.That(metrics.Values["both"], Is.EqualTo(both.Loss).Within(1e-5));
        Assert.That(metrics.Values["heldout.web"], Is.EqualTo(web.BitsPerByte).Within(1e-5));
        Assert.That(metrics.Score, Is.EqualTo(((3 * notes.BitsPerByte) + both.Loss) / 4).Within(1e-5));
        Assert.That(metrics.OfObjective.Sum(loss => loss.Nats), Is.EqualTo(both.Nats).Within(1e-3));
    }

    [Test]
    public void Only_documents_that_count_are_the_objective_s()
    {
        var inputs = Inputs("{name: heldout.web}, {name: heldout.notes, weight: 0}");
        using var model = Build(inputs);

        var metrics = ProxyMetrics.Of(model, inputs, CancellationToken.None);

        Assert.That(metrics.OfObjective.Select(loss => loss.Bytes), Is.EqualTo(new[] { 10 }));
    }

    [Test]
    public void A_task_is_measured_by_the_nats_of_its_answers()
    {
        var inputs = Inputs("{name: task.key-value, length: 64, items: 2}");
        using var model = Build(inputs);

        var metrics = ProxyMetrics.Of(model, inputs, CancellationToken.None);

        // A model at its beginning finds all ids about as likely.
        Assert.That(metrics.Score, Is.GreaterThan(Math.Log(200)));
        Assert.That(metrics.OfObjective, Is.Empty);
    }

    private static EvaluationResult Evaluated(LanguageModel model, params string[] sources)
    {
        byte[][] texts = [.. Documents.Where(document => sources.Contains(document.Source)).Select(document => document.Text)];
        return new Evaluator(model).Evaluate(HeldOutText.Encode(texts, Bytes));
    }

    private static LanguageModel Build(ProxyInputs inputs)
    {
        return inputs.Mix.Proxy.Model.Build(Bytes.VocabularySize, ahead: null, RandomKey.FromSeed(1), new ComposedKernels());
    }

    private static ProxyInputs Inputs(string metrics)
    {
        var config = ConfigurationFile.Parse<RunConfig>($$"""
            name: run
            corpus: {sources: [{name: notes, type: text, paths: [x]}, {name: web, type: text, paths: [x]}]}
            decomposition: {max_exponent: 6, min_exponent: 4}
            mix:
              search: {type: random}
              objective: {metrics: [{{metrics}}]}
              proxy: {model: {type: llama, hidden_size: 16, num_hidden_layers: 1, num_attention_heads: 2, max_position_embeddings: 64} }
            """, "run.yaml");
        var manifest = MixtureSamples.OfSources(["notes", "web"], (4, [100, 300]));
        return new ProxyInputs(config, RunFolder.At("run"), manifest, Bytes, MixComponents.OfSources(manifest), Documents);
    }
}
