using Granary.Core.Configuration;
using Granary.Data.Batching;
using Granary.Models.Language;
using Granary.Training;

namespace Granary.Cli.Mixtures;

/// <summary>What the section <c>mix</c> asks of the other sections of a run, and they of it.</summary>
internal static class MixChecks
{
    internal static void Validate(RunConfig run, ConfigurationErrors errors)
    {
        if (run.Mix is not { } mix)
        {
            return;
        }

        RequireNoOtherWeights(run, errors);
        if (mix.IsSearched)
        {
            CheckMetrics(run, mix, errors);
            CheckProxy(run, mix.Proxy, errors);
            RequireComponents(run, mix, errors);
        }
    }

    private static void RequireNoOtherWeights(RunConfig run, ConfigurationErrors errors)
    {
        var batching = run.Batching;
        var hasWeights = batching.SourceWeights.Count + batching.ClusterWeights.Count + batching.Phases.Sum(phase => phase.SourceWeights.Count + phase.ClusterWeights.Count) > 0;
        errors.Require(!hasWeights, "batching", "with weights", "without source_weights and cluster_weights, in its phases too: section 'mix' finds them. Leave them out, or section 'mix'");
    }

    private static void CheckMetrics(RunConfig run, MixConfig mix, ConfigurationErrors errors)
    {
        var heldOut = run.Corpus.Sources.Where(source => source.HeldOutOneIn > 0).Select(source => source.Name).ToList();
        foreach (var (i, metric) in mix.Objective.Metrics.Index())
        {
            foreach (var source in metric.Measured)
            {
                errors.Require(heldOut.Contains(source), $"mix.objective.metrics.{i}", source, $"one of corpus.sources of which documents are held out (held_out_one_in above 0): {string.Join(", ", heldOut)}");
            }

            errors.Require(metric.Task is null || metric.Length <= mix.Proxy.Model.MaxPositionEmbeddings, $"mix.objective.metrics.{i}.length", metric.Length, $"at most mix.proxy.model.max_position_embeddings ({mix.Proxy.Model.MaxPositionEmbeddings})");
        }

        var weight = mix.Objective.Metrics.Sum(metric => metric.Weight);
        errors.Require(mix.Objective.Metrics.Count == 0 || weight > 0, "mix.objective.metrics", "weights of 0", "at least one metric with a weight above 0");
    }

    private static void CheckProxy(RunConfig run, ProxyConfig proxy, ConfigurationErrors errors)
    {
        var longest = run.Batching is PackedBatchingConfig packed ? packed.RowLength : 1L << Math.Clamp(run.Decomposition.MaxExponent, 0, 62);
        errors.Require(longest <= proxy.Model.MaxPositionEmbeddings, "mix.proxy.model.max_position_embeddings", proxy.Model.MaxPositionEmbeddings, $"{longest} or more, the longest row");
        errors.Require(proxy.TokensPerStep % longest == 0, "mix.proxy.tokens_per_step", proxy.TokensPerStep, $"a multiple of the longest row ({longest})");
        errors.Require(proxy.Precision == TrainingPrecision.Fp32 || run.Training.FusedKernels, "mix.proxy.precision", "bf16", "fp32 where training.fused_kernels is false: plain operators compute in fp32");
        var refusal = proxy.Model.Refuses(new ModelNeeds());
        errors.Require(refusal is null, "mix.proxy.model", proxy.Model.GetType().Name, $"a model that learns the next token: {refusal}");
    }

    private static void RequireComponents(RunConfig run, MixConfig mix, ConfigurationErrors errors)
    {
        var trained = run.Corpus.Sources.Count(source => source.HeldOutOneIn != 1);
        errors.Require(trained > 0, "corpus.sources", "all held out", "at least one of which not every document is held out (held_out_one_in other than 1)");
        errors.Require(mix.Components == MixConfig.Clustered || trained > 1, "mix.components", mix.Components, "clusters: one source alone leaves nothing to mix");

        // How many documents there are is known for sure where every source is limited.
        var limited = run.Corpus.Sources.Where(source => source.HeldOutOneIn != 1).ToList();
        var most = limited.All(source => source.Limit > 0) ? limited.Sum(source => source.Limit) : long.MaxValue;
        var clusters = mix.Clusters.Merge.Method == "none" ? mix.Clusters.Initial : mix.Clusters.Merge.TargetK;
        errors.Require(mix.Components == MixConfig.Sources || clusters <= most, "mix.clusters", clusters, $"at most as many clusters as there are documents (corpus.sources have a limit of {most} in all)");
    }
}
