using Granary.Cli.Terminal;
using Granary.Core.Runs;
using Granary.Pipelines.Climb.Mixtures;
using Granary.Pipelines.Climb.Search;

namespace Granary.Cli.Mixtures;

/// <summary>Shows a search while it goes on: in a run's view as a table, lines or JSON, and in the run's events.</summary>
internal sealed class SearchView : ISearchObserver
{
    private readonly IRunView _view;
    private readonly MixtureSpace _space;
    private readonly IMetricSink? _events;
    private readonly SearchStanding _standing;

    /// <summary>Creates the view of a search.</summary>
    /// <param name="view">Where it is shown.</param>
    /// <param name="space">What is mixed.</param>
    /// <param name="trials">Trials that the search makes in all.</param>
    /// <param name="places">Trials that run at the same time.</param>
    /// <param name="events">Takes the events besides the view; null for none.</param>
    public SearchView(IRunView view, MixtureSpace space, int trials, int places, IMetricSink? events = null)
    {
        (_view, _space, _events) = (view, space, events);
        _standing = new SearchStanding(trials, places);
    }

    /// <inheritdoc/>
    public void RoundBegins(int round, Proposal proposal)
    {
        _standing.Begin(round, proposal);
        var numbers = new Dictionary<string, double> { ["round"] = round, ["trials"] = proposal.Trials.Count };
        var texts = new Dictionary<string, string>();
        if (_standing.Fit is { } fit)
        {
            (numbers["rank_correlation"], numbers["rank_correlation_of_best"], numbers["rmse"]) = (fit.RankCorrelation, fit.RankCorrelationOfBest, fit.Rmse);
            texts["predictor"] = fit.Predictor;
        }

        Write("search_round", numbers, texts);
        Show(SearchPhrases.Round(_standing, proposal));
    }

    /// <inheritdoc/>
    public void TrialEnds(FinishedTrial finished, double predicted)
    {
        _standing.End(finished, predicted);
        var (trial, result) = (finished.Trial, finished.Result);
        var numbers = new Dictionary<string, double>
        {
            ["round"] = trial.Round,
            ["index"] = trial.Index,
            ["score"] = result.Score,
            ["predicted"] = predicted,
            ["seconds"] = result.Seconds,
            ["tokens"] = result.Tokens,
            ["done"] = _standing.Ended.Count,
            ["failed"] = _standing.Failed,
            ["trials"] = _standing.Trials,
            ["agreement"] = _standing.Agreement,
        };
        if (_standing.Best is { } best)
        {
            numbers["best"] = best.Finished.Result.Score;
        }

        if (_standing.Left is { } left)
        {
            numbers["seconds_left"] = left.TotalSeconds;
        }

        AddWeights(numbers, trial.Weights);
        var texts = new Dictionary<string, string> { ["trial"] = trial.Id, ["origin"] = trial.Origin.ToString() };
        if (result.Failure is { } reason)
        {
            texts["reason"] = reason;
        }

        Write("search_trial", numbers, texts);
        Show(SearchPhrases.Trial(_standing, _standing.Ended[^1]));
    }

    /// <inheritdoc/>
    public void Chosen(MixtureChoice choice)
    {
        var numbers = new Dictionary<string, double> { ["predicted"] = choice.Predicted, ["measured"] = choice.Measured };
        AddWeights(numbers, choice.Weights);
        Write("search_choice", numbers, new Dictionary<string, string> { ["rule"] = choice.Rule });
        _view.Say(SearchPhrases.Choice(_space, choice));
    }

    private void AddWeights(Dictionary<string, double> numbers, IReadOnlyList<double> weights)
    {
        foreach (var (name, weight) in _space.ByName(weights))
        {
            numbers[$"weight.{name}"] = weight;
        }
    }

    private void Show(string sentence)
    {
        _view.Show(sentence, SearchPhrases.Table(_space, _standing));
    }

    private void Write(string kind, Dictionary<string, double> numbers, Dictionary<string, string> texts)
    {
        var reported = new RunEvent { Kind = kind, Numbers = numbers, Texts = texts };
        _events?.Write(reported);
        _view.Write(reported);
    }
}
