using System.Globalization;
using Granary.Cli.Jobs;
using Granary.Cli.Mixtures.Trials;
using Granary.Cli.Stages;
using Granary.Core.Jobs;
using Granary.Core.Runs;
using Granary.Pipelines.Climb.Mixtures;
using Granary.Pipelines.Climb.Report;
using Granary.Pipelines.Climb.Search;

namespace Granary.Cli.Mixtures;

/// <summary>One search: the method over the run's components, its proxies on a launcher, its state in the stage's folder.</summary>
internal sealed class MixtureSearching
{
    // With fewer proxies than this for each component, what is found may well be chance, and is said to be.
    private const int FewTrialsPerComponent = 3;

    private readonly RunContext _context;
    private readonly ProxyInputs _inputs;
    private readonly IJobLauncher _launcher;
    private readonly IMetricSink _events;

    public MixtureSearching(RunContext context, ProxyInputs inputs, IJobLauncher launcher, IMetricSink events)
    {
        (_context, _inputs, _launcher, _events) = (context, inputs, launcher, events);
    }

    /// <summary>Searches, from wherever an earlier process has left off.</summary>
    public async Task<MixtureFile> RunAsync(CancellationToken cancellationToken)
    {
        var (config, path) = (SearchOf(_inputs), _context.Folder.StagePath(MixStage.Name));
        var space = config.Caps.Over(_inputs.Components.All);
        if (space.Count == 1)
        {
            var only = space.Components[0].Name;
            return FoundMixture.Of(_inputs, space, new MixtureChoice { Rule = "only", Weights = [1.0] }) with { Warnings = [$"'{only}' is all there is to mix, so nothing was searched. Name more sources, or ask for more clusters."] };
        }

        var search = config.Build(space, _inputs.Mix.Seed);
        var folder = SearchFolder.Open(path, space, _inputs.Settings);
        Announce(search, space);
        foreach (var warning in config.Warnings("mix.search"))
        {
            _context.View.Warn(warning);
        }

        if (DeviceChoice.WarningOf(_inputs.Mix.Proxy) is { } slow)
        {
            _context.View.Warn(slow);
        }

        ReportFolder.Write(path, SearchHeading.Of(_inputs));
        var clock = new PoolClock(_context.Time, _launcher.Places);
        var runner = new ProcessTrialRunner(_inputs, space, _launcher, MixStage.StoreOf(_inputs.Config, _context.Folder), id => TrialOf(folder, id), clock);
        var view = new SearchView(_context.View, space, search.Trials, _launcher.Places, _events);
        var choice = await new SearchDriver(search, config, folder, runner, view).RunAsync(cancellationToken);
        if (clock.Use is { Proxies: > 0 } use && _launcher is LocalLauncher)
        {
            _events.Write(use.ToEvent());
            _context.View.Say(use.Phrase);
        }

        _context.View.Say($"report: {Path.GetRelativePath(Environment.CurrentDirectory, ReportFolder.WriteAgain(path))}");
        return FoundMixture.Of(_inputs, space, choice);
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

    private void Announce(IMixtureSearch search, MixtureSpace space)
    {
        var proxy = _inputs.Mix.Proxy;
        var parameters = proxy.Model.SpecOf(_inputs.Tokenizer.VocabularySize, ahead: null).ParameterCount();
        _context.View.Say(string.Create(
            CultureInfo.InvariantCulture,
            $"{search.Trials} proxies of {parameters:N0} parameters and {proxy.Steps * proxy.TokensPerStep:N0} tokens each, {_launcher.Places} at a time"));
        if (search.Trials > 0 && search.Trials < FewTrialsPerComponent * space.Count)
        {
            _context.View.Say($"{search.Trials} proxies for {space.Count} components tell good mixtures from bad ones, not the best from the second best");
        }
    }
}
