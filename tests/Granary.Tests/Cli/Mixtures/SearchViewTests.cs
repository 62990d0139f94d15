using System.Text.Json;
using Granary.Cli.Terminal;
using Granary.Pipelines.Climb.Mixtures;
using Granary.Pipelines.Climb.Search;
using Granary.Testing;

namespace Granary.Cli.Mixtures.Tests;

public sealed class SearchViewTests
{
    private static readonly MixtureSpace Space = new([
        new MixtureComponent { Name = "docs", Tokens = 500, Prior = 0.5 },
        new MixtureComponent { Name = "code", Tokens = 300, Prior = 0.3 },
        new MixtureComponent { Name = "web", Tokens = 100, Prior = 0.1 },
        new MixtureComponent { Name = "logs", Tokens = 100, Prior = 0.1 },
    ]);

    private static readonly PredictorFit Fit = new() { Predictor = "gp", Trials = 3, RankCorrelation = 0.91, RankCorrelationOfBest = 0.4, Rmse = 0.0123, OutOfFold = [], TrialIds = [] };

    private readonly ManualClock _clock = new();

    [Test]
    public void A_fit_of_too_few_trials_to_tell_has_no_rank_correlation()
    {
        var (standing, proposal) = (new SearchStanding(trials: 5, places: 2), new Proposal([], [Fit with { RankCorrelation = 0, Rmse = double.NaN }]));
        standing.Begin(2, proposal);

        Assert.That(SearchPhrases.Round(standing, proposal), Is.EqualTo("round 2: 0 trials chosen by gp (of 3 trials, too few to tell how well it ranks)"));
    }

    [Test]
    public void Plain_output_has_a_line_for_each_round_and_each_trial()
    {
        var output = new StringWriter();

        Play(new PlainView(output, _clock));

        Assert.That(Lines(output), Is.EqualTo(new[]
        {
            "  round 1: 3 trials",
            "  trial 1/5 (round 1, 1): 3.5000, best 3.5000, 20 s left",
            "  trial 2/5 (round 1, 2): failed: The loss is 'NaN'., best 3.5000, 20 s left",
            "  trial 3/5 (round 1, 3): 3.4000, best 3.4000, 20 s left",
            "  round 2: 2 trials chosen by gp (rank correlation 0.91, 0.40 among the best quarter, of 3 trials)",
            "  trial 4/5 (round 2, 1): 3.3000, predicted 3.3500, best 3.3000, 30 s left",
            "  trial 5/5 (round 2, 2): 3.6000, predicted 3.2500, best 3.3000, 0 s left",
            "chosen by 'verified': docs 70 %, code 20 %, web 10 %, measured 3.3000, predicted 3.3500",
        }));
    }

    [Test]
    public void A_terminal_shows_a_table_that_is_drawn_anew_and_gone_at_the_end()
    {
        var output = new StringWriter();
        var view = new LiveView(output, () => 200, _clock);
        var search = new SearchView(view, Space, trials: 5, places: 2);

        Round(search, 1, withFit: false);
        Trial(search, 1, 0, 3.5, double.NaN, [0.5, 0.3, 0.1, 0.1]);
        Trial(search, 1, 1, double.NaN, double.NaN, [0.25, 0.25, 0.25, 0.25]);
        var drawn = output.ToString()[output.ToString().LastIndexOf('\e')..];

        Assert.That(drawn.Split('\n')[0], Does.EndWith("round 1, 2 of 5 trials, 1 running, 1 failed, 20 s left"));
        Assert.That(drawn, Does.Contain("  best 1      1.1    3.5000          -  docs 50 %, code 30 %, web 10 %, 1 other 10 %"));
        Assert.That(drawn, Does.Contain("  last        1.2    failed          -  docs 25 %"));
    }

    [Test]
    public void What_was_predicted_is_ranked_against_what_was_measured_once_there_are_four()
    {
        var output = new StringWriter();
        var search = new SearchView(new LiveView(output, () => 200, _clock), Space, trials: 4, places: 1);

        Round(search, 2, withFit: true);
        for (var index = 0; index < 4; index++)
        {
            Trial(search, 2, index, 3.5 - (0.1 * index), 3.4 + (0.1 * index), [1, 0, 0, 0]);
            Assert.That(output.ToString().Contains("so far: rank correlation -1.00", StringComparison.Ordinal), Is.EqualTo(index == 3));
        }
    }

    [Test]
    public void Json_has_an_object_for_each_round_trial_and_the_choice()
    {
        var output = new StringWriter();

        Play(new JsonView(output, _clock));

        var objects = Lines(output).Select(line => JsonSerializer.Deserialize<JsonElement>(line)).ToList();
        Assert.That(objects.Select(one => one.GetProperty("kind").GetString()).Where(kind => kind != "note"), Is.EqualTo(new[] { "search_round", "search_trial", "search_trial", "search_trial", "search_round", "search_trial", "search_trial", "search_choice" }));
        Assert.That(objects[2].GetProperty("score").GetString(), Is.EqualTo("NaN"));
        Assert.That(objects[2].GetProperty("reason").GetString(), Is.EqualTo("The loss is 'NaN'."));
        Assert.That(objects[5].GetProperty("predicted").GetDouble(), Is.EqualTo(3.35));
        Assert.That(objects[5].GetProperty("weight.docs").GetDouble(), Is.EqualTo(0.7));
    }

    [Test]
    public void More_trials_than_announced_are_counted_as_they_come()
    {
        var output = new StringWriter();
        var search = new SearchView(new PlainView(output, _clock), Space, trials: 1, places: 4);

        Round(search, 1, withFit: false);
        Trial(search, 1, 0, 3.5, double.NaN, [1, 0, 0, 0]);

        Assert.That(Lines(output)[^1], Does.Contain("trial 1/3"));
    }

    private static void Play(IRunView view)
    {
        var search = new SearchView(view, Space, trials: 5, places: 2);
        Round(search, 1, withFit: false);
        Trial(search, 1, 0, 3.5, double.NaN, [0.5, 0.3, 0.1, 0.1]);
        Trial(search, 1, 1, double.NaN, double.NaN, [0.25, 0.25, 0.25, 0.25]);
        Trial(search, 1, 2, 3.4, double.NaN, [0.6, 0.2, 0.1, 0.1]);
        Round(search, 2, withFit: true);
        Trial(search, 2, 0, 3.3, 3.35, [0.7, 0.2, 0.1, 0]);
        Trial(search, 2, 1, 3.6, 3.25, [0, 0, 0.5, 0.5]);
        search.Chosen(new MixtureChoice { Rule = "verified", Weights = [0.7, 0.2, 0.1, 0], Measured = 3.3, Predicted = 3.35 });
        view.Dispose();
    }

    private static void Round(SearchView search, int round, bool withFit)
    {
        var trials = Enumerable.Range(0, round == 1 ? 3 : 2).Select(index => TrialOf(round, index, [1, 0, 0, 0])).ToList();
        search.RoundBegins(round, new Proposal(trials, withFit ? [Fit] : []));
    }

    // The first trial takes 10 seconds, all others 30.
    private static void Trial(SearchView search, int round, int index, double score, double predicted, double[] weights)
    {
        var trial = TrialOf(round, index, weights);
        search.TrialEnds(new FinishedTrial(trial, new TrialResult { Id = trial.Id, Score = score, Failure = double.IsNaN(score) ? "The loss is 'NaN'." : null, Seconds = round == 1 && index == 0 ? 10 : 30 }), predicted);
    }

    private static Trial TrialOf(int round, int index, double[] weights)
    {
        return new Trial { Id = $"{round}-{index}", Round = round, Index = index, Weights = weights, Origin = TrialOrigin.Drawn, Seed = 1 };
    }

    private static string[] Lines(StringWriter output) => output.ToString().Split('\n', StringSplitOptions.RemoveEmptyEntries);
}
