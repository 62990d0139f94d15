using System.Globalization;
using Granary.Cli.Mixtures.Trials;
using Granary.Cli.Stages;
using Granary.Core.Configuration;
using Granary.Core.Jobs;
using Granary.Core.Runs;
using Granary.Data.Batching;
using Granary.Pipelines.Climb.Clustering;
using Granary.Pipelines.Climb.Mixtures;
using Granary.Pipelines.Climb.Report;
using Granary.Pipelines.Climb.Search;

namespace Granary.Cli.Mixtures;

/// <summary>One search: the method over the run's components, its proxies on a launcher, its state in the stage's folder.</summary>
internal sealed class MixtureSearching
{
    private readonly RunContext _context;
    private readonly ProxyInputs _inputs;
    private readonly IJobLauncher _launcher;
    private readonly IMetricSink _events;

    public MixtureSearching(RunContext context, ProxyInputs inputs, IJobLauncher launcher, IMetricSink events)
    {
        (_context, _inputs, _launcher, _events) = (context, inputs, launcher, events);
    }

    private MixConfig Mix => _inputs.Mix;

    /// <summary>Searches, from wherever an earlier process has left off.</summary>
    public async Task<MixtureFile> RunAsync(CancellationToken cancellationToken)
    {
        var config = SearchOf(_inputs);
        var space = config.Caps.Over(_inputs.Components.All);
        if (space.Count == 1)
        {
            var only = space.Components[0].Name;
            return Found(space, new MixtureChoice { Rule = "only", Weights = [1.0] }) with { Warnings = [$"'{only}' is all there is to mix, so nothing was searched. Name more sources, or ask for more clusters."] };
        }

        var search = config.Build(space, Mix.Seed);
        var folder = SearchFolder.Open(_context.Folder.StagePath(MixStage.Name), space, _inputs.Settings);
        Announce(search);
        var clock = new PoolClock(_context.Time, _launcher.Places);
        var runner = new ProcessTrialRunner(_inputs, space, _launcher, MixStage.StoreOf(_inputs.Config, _context.Folder), id => TrialOf(folder, id), clock);
        var view = new SearchView(_context.View, space, search.Trials, _launcher.Places, _events);
        var choice = await new SearchDriver(search, config, folder, runner, view).RunAsync(cancellationToken);
        if (clock.Proxies > 0)
        {
            _context.View.Say(string.Create(CultureInfo.InvariantCulture, $"{clock.Proxies} proxies in {_launcher.Places} places, which were busy {clock.Efficiency:P0} of the time"));
        }

        WriteReport(space, folder, choice);
        return Found(space, choice);
    }

    /// <summary>The method's configuration with the tokens that the run trains on.</summary>
    internal static SearchConfig SearchOf(ProxyInputs inputs)
    {
        var search = inputs.Mix.Search!;
        return search with { Caps = search.Caps with { TargetTokens = ProxyInputs.TargetTokensOf(inputs.Config, inputs.Manifest) } };
    }

    private static Trial TrialOf(SearchFolder folder, string id)
    {
        return folder.ReadRounds().SelectMany(round => round.Trials).First(trial => trial.Id == id);
    }

    private void Announce(IMixtureSearch search)
    {
        var proxy = Mix.Proxy;
        var parameters = proxy.Model.SpecOf(_inputs.Tokenizer.VocabularySize, ahead: null).ParameterCount();
        _context.View.Say(string.Create(
            CultureInfo.InvariantCulture,
            $"{search.Trials} proxies of {parameters:N0} parameters and {proxy.Steps * proxy.TokensPerStep:N0} tokens each, {_launcher.Places} at a time"));
    }

    private MixtureFile Found(MixtureSpace space, MixtureChoice choice)
    {
        var (weights, target) = (space.ByName(choice.Weights), ProxyInputs.TargetTokensOf(_inputs.Config, _inputs.Manifest));
        var batching = MixedBatching.Of(_inputs.Config, _inputs.Manifest, _inputs.Components, weights);
        var sampler = new BucketSampler(_inputs.Manifest, batching with { MaxTokensPerPass = (target + batching.Passes - 1) / batching.Passes }, _inputs.Config.Seed);
        var used = sampler.Uses.Sum(use => (double)use.TokensUsed);
        var bare = _inputs.Components.Weigh(_inputs.Config.Batching, weights);
        return new MixtureFile
        {
            Components = Mix.Components,
            Weights = weights,
            Natural = space.ByName(space.Prior),
            Epochs = space.Components.ToDictionary(component => component.Name, component => weights[component.Name] * target / component.Tokens),
            Lengths = sampler.Uses.GroupBy(use => use.Exponent).OrderBy(uses => uses.Key).ToDictionary(uses => (1L << uses.Key).ToString(CultureInfo.InvariantCulture), uses => uses.Sum(use => use.TokensUsed) / used),
            Numbers = _inputs.Components.Numbers,
            Embedding = Mix.MixesClusters ? Mix.Embedding : null,
            Clusters = Mix.MixesClusters ? Path.GetRelativePath(_context.Folder.StagePath(MixStage.Name), _context.Folder.StagePath(ClusterReading.Name)) : string.Empty,
            Method = ConfigVariants.NameOf(Mix.Search!),
            Rule = choice.Rule,
            Measured = Number(choice.Measured),
            Predicted = Number(choice.Predicted),
            Warnings = sampler.Warnings,
            Batching = new MixtureBatching { SourceWeights = bare.SourceWeights, ClusterWeights = bare.ClusterWeights },
        };
    }

    private static double? Number(double value) => double.IsFinite(value) ? value : null;

    private void WriteReport(MixtureSpace space, SearchFolder folder, MixtureChoice choice)
    {
        var rounds = folder.ReadRounds();
        var clusters = Mix.MixesClusters ? ClusterReport.Load(Path.Combine(_context.Folder.StagePath(ClusterReading.Name), ClusterReport.FileName)).Clusters : [];
        var record = new SearchRecord
        {
            Name = _inputs.Config.Name,
            Method = ConfigVariants.NameOf(Mix.Search!),
            Space = space,
            Trials = folder.ReadTrials(),
            Choice = choice,
            Fits = rounds.Index().Where(round => round.Item.Fits.Count > 0).ToDictionary(round => round.Index + 1, round => round.Item.Fits),
            Predicted = Predictions(rounds),
            Clusters = clusters,
            Objective = Objective(),
            TargetTokens = ProxyInputs.TargetTokensOf(_inputs.Config, _inputs.Manifest),
            ProxyParameters = Mix.Proxy.Model.SpecOf(_inputs.Tokenizer.VocabularySize, ahead: null).ParameterCount(),
            Facts = Facts(),
            Configuration = ConfigurationFile.Write(Mix),
            Command = $"granary mix {Path.GetRelativePath(Environment.CurrentDirectory, _context.Folder.ConfigPath)}",
        };
        var path = ReportFolder.Write(_context.Folder.StagePath(MixStage.Name), record);
        _context.View.Say($"report: {Path.GetRelativePath(Environment.CurrentDirectory, path)}");
    }

    private static Dictionary<string, double> Predictions(IReadOnlyList<Proposal> rounds)
    {
        return rounds.SelectMany(round => round.Trials.Zip(round.Predicted))
            .Where(pair => double.IsFinite(pair.Second))
            .ToDictionary(pair => pair.First.Id, pair => pair.Second);
    }

    private string Objective()
    {
        var metrics = Mix.Objective.Metrics.Where(metric => metric.Weight > 0).ToList();
        return string.Join(" + ", metrics.Select(metric => metrics.Count == 1 ? Words(metric) : string.Create(CultureInfo.InvariantCulture, $"{metric.Weight:G3} x {Words(metric)}")));
    }

    private static string Words(MixMetricConfig metric)
    {
        var unit = metric.IsInNats ? "nats a token" : "bits a byte";
        return metric.Task is { } task ? $"nats of the answers of {task}" : $"held-out {unit} of {string.Join(", ", metric.Measured)}";
    }

    private List<KeyValuePair<string, string>> Facts()
    {
        var documents = _inputs.Documents.Count.ToString("N0", CultureInfo.InvariantCulture);
        return
        [
            new("search seed", Mix.Seed.ToString(CultureInfo.InvariantCulture)),
            new("shards", _inputs.Manifest.ManifestHash),
            new("held-out documents of the search", documents),
            new("share of the held-out documents that the search may see", Mix.Objective.SearchShare.ToString("P0", CultureInfo.InvariantCulture)),
            new("proxy tokens", (Mix.Proxy.Steps * Mix.Proxy.TokensPerStep).ToString("N0", CultureInfo.InvariantCulture)),
        ];
    }
}
