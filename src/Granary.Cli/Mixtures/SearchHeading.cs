using System.Globalization;
using Granary.Cli.Mixtures.Trials;
using Granary.Cli.Stages;
using Granary.Core.Configuration;
using Granary.Pipelines.Climb.Clustering;
using Granary.Pipelines.Climb.Report;
using Granary.Pipelines.Corpus;

namespace Granary.Cli.Mixtures;

/// <summary>What the report tells of a search beside its trials: the objective in words, what judges and what does not, and where all of it comes from.</summary>
internal static class SearchHeading
{
    internal static ReportHead Of(ProxyInputs inputs)
    {
        var mix = inputs.Mix;
        return new ReportHead
        {
            Name = inputs.Config.Name,
            Method = ConfigVariants.NameOf(mix.Search!),
            Clusters = mix.MixesClusters ? ClusterReport.Load(Path.Combine(inputs.Folder.StagePath(ClusterReading.Name), ClusterReport.FileName)).Clusters : [],
            Objective = Objective(mix.Objective),
            TargetTokens = ProxyInputs.TargetTokensOf(inputs.Config, inputs.Manifest),
            ProxyParameters = mix.Proxy.Model.SpecOf(inputs.Tokenizer.VocabularySize, ahead: null).ParameterCount(),
            Facts = Facts(inputs),
            Configuration = ConfigurationFile.Write(mix),
            Command = $"granary mix {Path.GetRelativePath(Environment.CurrentDirectory, inputs.Folder.ConfigPath)}",
        };
    }

    /// <summary>What a mixture is judged by, in words.</summary>
    internal static string Objective(MixObjectiveConfig objective)
    {
        var metrics = objective.Metrics.Where(metric => metric.Weight > 0).ToList();
        return metrics.Count == 1
            ? Words(metrics[0])
            : string.Join(" + ", metrics.Select(metric => string.Create(CultureInfo.InvariantCulture, $"{metric.Weight / metrics.Sum(other => other.Weight):P0} {Words(metric)}")));
    }

    private static string Words(MixMetricConfig metric)
    {
        var unit = metric.IsInNats ? "nats a token" : "bits a byte";
        return metric.Task is { } task ? $"nats of the right answer in {task}" : $"held-out {unit} of {string.Join(", ", metric.Measured)}";
    }

    private static List<KeyValuePair<string, string>> Facts(ProxyInputs inputs)
    {
        var mix = inputs.Mix;
        var heldOut = HeldOutText.ReadDocuments(Path.Combine(inputs.Folder.StagePath(CorpusStage.Name), CorpusStage.HeldOutFileName));
        return
        [
            new("search seed", mix.Seed.ToString(CultureInfo.InvariantCulture)),
            new("shards", inputs.Manifest.ManifestHash),
            new("tokens of each proxy", (mix.Proxy.Steps * mix.Proxy.TokensPerStep).ToString("N0", CultureInfo.InvariantCulture)),
            new("held-out documents that judge proxies", inputs.Documents.Count.ToString("N0", CultureInfo.InvariantCulture)),
            new("held-out documents that only the trained model is measured on", heldOut.Count(document => !HeldOutSplit.IsForSearch(document.Id, mix.Objective.SearchShare)).ToString("N0", CultureInfo.InvariantCulture)),
        ];
    }
}
