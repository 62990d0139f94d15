using Granary.Pipelines.Climb.Mixtures;
using Granary.Pipelines.Climb.Predictors;

namespace Granary.Pipelines.Climb.Search.Tests;

public sealed class RoundSearchTests
{
    private static readonly double[] Lowest = [0.5, 0.3, 0.2, 0];

    [Test]
    public void Amounts_bound_every_trial_of_every_round_and_the_choice([Values] SearchPreset preset, [Values] FinalRule rule)
    {
        double[] bounds = [0.35, 0.9, 0.9, 0.15];
        var space = Spaces.Even(4, bounds);

        var (history, choice) = Run(Small(preset) with { Final = rule }, space, Spaces.Bowl(Lowest));

        foreach (var weights in history.Select(finished => finished.Trial.Weights).Append(choice.Weights))
        {
            Assert.That(weights.Sum(), Is.EqualTo(1).Within(1e-9));
            Assert.That(weights.Zip(bounds, (weight, bound) => weight - bound), Has.All.LessThanOrEqualTo(1e-9));
        }
    }

    [Test]
    public void The_order_in_which_components_are_listed_changes_nothing()
    {
        int[] order = [2, 0, 3, 1];
        var space = Spaces.Even(4);
        var shuffled = new MixtureSpace([.. order.Select(i => space.Components[i])]);

        var (history, choice) = Run(Small(), space, Spaces.Bowl(Lowest));
        var (other, otherChoice) = Run(Small(), shuffled, Spaces.Bowl([.. order.Select(i => Lowest[i])]));

        Assert.That(other.Select(finished => finished.Trial.Id), Is.EqualTo(history.Select(finished => finished.Trial.Id)));
        Assert.That(shuffled.ByName(otherChoice.Weights), Is.EquivalentTo(space.ByName(choice.Weights)));
    }

    [Test]
    public void The_same_seed_makes_the_same_search_and_another_seed_another()
    {
        var (first, _) = Run(Small(), Spaces.Even(4), Spaces.Bowl(Lowest));
        var (second, _) = Run(Small(), Spaces.Even(4), Spaces.Bowl(Lowest));
        var (other, _) = Run(Small(), Spaces.Even(4), Spaces.Bowl(Lowest), seed: 2);

        Assert.That(second.Select(finished => finished.Trial.Id), Is.EqualTo(first.Select(finished => finished.Trial.Id)));
        Assert.That(other.Select(finished => finished.Trial.Id), Is.Not.EqualTo(first.Select(finished => finished.Trial.Id)));
    }

    [Test]
    public void A_failed_trial_is_in_no_fit()
    {
        var predictor = new FakePredictorConfig { Says = weights => weights[0] };

        Run(Small() with { Predictors = [predictor] }, Spaces.Even(4), trial => trial.Index % 3 == 0 ? double.NaN : Spaces.Bowl(Lowest)(trial));

        Assert.That(predictor.FittedTo, Is.Not.Empty);
        Assert.That(predictor.FittedTo.SelectMany(scores => scores), Has.All.Matches<double>(double.IsFinite));
    }

    [Test]
    public void Without_any_score_there_is_no_second_round()
    {
        Assert.That(() => Run(Small(), Spaces.Even(4), _ => double.NaN), Throws.TypeOf<MixtureSearchException>().With.Message.Contains("None of the '12' trials has a score"));
    }

    [Test]
    public void A_single_component_is_refused()
    {
        Assert.That(() => Small().Build(Spaces.Even(1), seed: 1), Throws.TypeOf<MixtureSearchException>().With.Message.Contains("There is one component, 'a'"));
    }

    [Test]
    public void A_component_of_a_handful_of_documents_gets_what_it_has_or_nothing()
    {
        MixtureComponent[] components = [.. Spaces.Components(3), new() { Name = "tiny", Tokens = 20, Prior = 20 / 3_000_020.0 }];
        var space = new CapsConfig { TargetTokens = 3_000_000 }.Over(components);

        var (history, choice) = Run(Small(), space, Spaces.Bowl(0, 0.5, 0, 0.5));

        Assert.That(history.Select(finished => finished.Trial.Weights[3]), Has.All.Zero);
        Assert.That(choice.Weights[3], Is.Zero);
    }

    [Test]
    public void Measured_mixtures_are_not_proposed_again()
    {
        var (history, _) = Run(Small() with { Final = FinalRule.Argmin, Anchors = 0 }, Spaces.Even(4), Spaces.Bowl(Lowest));

        Assert.That(history.Select(finished => finished.Trial.Weights).Distinct(WeightsComparer.Instance).Count(), Is.EqualTo(history.Count));
    }

    [Test]
    public void The_curators_rounds_look_through_one_pool_and_the_papers_do_not()
    {
        Assert.That(Later(SearchPreset.Curator), Is.True);
        Assert.That(Later(SearchPreset.Paper), Is.False);

        // With a predictor that never changes its mind, the best of one pool are the same in each round.
        static bool Later(SearchPreset preset)
        {
            var config = Small(preset) with { Rounds = [12, 4, 4], TopN = new() { Multiple = 1, Squared = false, AtLeast = 0 }, Predictors = [new FakePredictorConfig { Says = weights => weights[0] + (1.7 * weights[1]) + (0.3 * weights[2]) }] };
            var (history, _) = Run(config, Spaces.Even(4), Spaces.Bowl(Lowest));
            var rounds = history.GroupBy(finished => finished.Trial.Round).Skip(1).Select(round => round.Select(finished => finished.Trial.Weights).ToHashSet(WeightsComparer.Instance)).ToList();
            return rounds[0].SetEquals(rounds[1]);
        }
    }

    [Test]
    public void Local_candidates_come_with_a_smooth_predictor_only()
    {
        var (smooth, _) = Run(Small(), Spaces.Even(4), Spaces.Bowl(Lowest));
        var (steps, _) = Run(Small() with { Predictors = [new GradientBoostingConfig { Defaults = BoostingDefaults.NoEarlyStopping }] }, Spaces.Even(4), Spaces.Bowl(Lowest));

        Assert.That(smooth.Select(finished => finished.Trial.Origin), Does.Contain(TrialOrigin.Local));
        Assert.That(steps.Select(finished => finished.Trial.Origin), Does.Not.Contain(TrialOrigin.Local));
    }

    [Test]
    public void Anchors_are_the_uniform_mixture_with_seeds_of_their_own()
    {
        var (history, _) = Run(Small() with { Rounds = [16, 4], Anchors = 4 }, Spaces.Even(4), Spaces.Bowl(Lowest));

        var anchors = history.Where(finished => finished.Trial.Origin == TrialOrigin.Anchor).ToList();
        Assert.That(anchors, Has.Count.EqualTo(4));
        Assert.That(anchors.SelectMany(anchor => anchor.Trial.Weights), Has.All.EqualTo(0.25));
        Assert.That(anchors.Select(anchor => anchor.Trial.Seed).Distinct().Count(), Is.EqualTo(4));
    }

    [TestCase(FinalRule.Argmin, "argmin")]
    [TestCase(FinalRule.MeanTop, "mean-top")]
    [TestCase(FinalRule.BestObserved, "best-observed")]
    [TestCase(FinalRule.Verified, "verified")]
    public void A_rule_chooses_and_the_others_are_its_alternates(FinalRule rule, string name)
    {
        var (_, choice) = Run(Small() with { Final = rule }, Spaces.Even(4), Spaces.Bowl(Lowest));

        Assert.That(choice.Rule, Is.EqualTo(name));
        Assert.That(choice.Alternates.Select(alternate => alternate.Rule).Append(choice.Rule), Is.SupersetOf(new[] { "best-observed", "mean-top", "argmin" }));
        Assert.That(choice.Fits, Is.Not.Empty);
    }

    [Test]
    public void A_predictor_that_learned_nothing_does_not_choose()
    {
        var config = Small() with { Final = FinalRule.Argmin, Predictors = [new FakePredictorConfig { Says = _ => 1 }] };

        var (history, choice) = Run(config, Spaces.Even(4), Spaces.Bowl(Lowest));

        Assert.That(choice.Rule, Is.EqualTo("best-observed"));
        Assert.That(choice.Measured, Is.EqualTo(history.Min(finished => finished.Result.Score)));
    }

    [Test]
    public void Verified_goes_by_the_finalists_own_runs()
    {
        // The first rounds flatter mixtures with much of the first component; the finalists' runs do not.
        var (history, choice) = Run(Small(), Spaces.Even(4), trial => trial.Origin == TrialOrigin.Finalist ? trial.Weights[0] : -trial.Weights[0]);

        var finalists = history.Where(finished => finished.Trial.Origin == TrialOrigin.Finalist).ToList();
        Assert.That(finalists, Has.Count.EqualTo(8));
        Assert.That(finalists.Select(finalist => finalist.Trial.Seed).Distinct().Count(), Is.EqualTo(2));
        Assert.That(choice.Weights[0], Is.EqualTo(finalists.Min(finalist => finalist.Trial.Weights[0])));
        Assert.That(choice.Measured, Is.EqualTo(choice.Weights[0]).Within(1e-12));
    }

    [Test]
    public void Of_several_predictors_the_one_that_ranks_best_out_of_fold_is_used()
    {
        var wrong = new FakePredictorConfig { Says = weights => -Math.Abs(weights[0] - 0.5) };

        var (_, choice) = Run(Small() with { Predictors = [wrong, new GaussianProcessConfig()] }, Spaces.Even(4), Spaces.Bowl(Lowest));

        Assert.That(choice.Fits.Select(fit => fit.Predictor), Is.EqualTo(new[] { GaussianProcessConfig.TypeName, "fake" }));
    }

    [Test]
    public void A_predictor_that_cannot_be_fitted_is_left_out_and_says_why()
    {
        var unfit = new FakePredictorConfig { Says = weights => weights[0], Fault = "The library is missing." };

        var (history, choice) = Run(Small() with { Predictors = [unfit, new GaussianProcessConfig()] }, Spaces.Even(4), Spaces.Bowl(Lowest));

        Assert.That(history.Select(finished => finished.Trial.Round).Distinct(), Is.EqualTo(new[] { 1, 2, 3, 4 }));
        Assert.That(choice.Fits.Select(fit => fit.Predictor), Is.EqualTo(new[] { GaussianProcessConfig.TypeName, "fake" }));
        Assert.That(choice.Fits[1].Failure, Is.EqualTo("The library is missing."));
    }

    [Test]
    public void Without_any_predictor_that_can_be_fitted_no_round_is_chosen_blindly()
    {
        var unfit = new FakePredictorConfig { Says = weights => weights[0], Fault = "The library is missing." };

        Assert.That(() => Run(Small() with { Predictors = [unfit] }, Spaces.Even(4), Spaces.Bowl(Lowest)), Throws.TypeOf<MixtureSearchException>().With.Message.Contains("before round 2").And.Message.Contains("'fake' says: The library is missing."));
        Assert.That(Run(Small() with { Rounds = [12], Predictors = [unfit], Final = FinalRule.Argmin }, Spaces.Even(4), Spaces.Bowl(Lowest)).Choice.Rule, Is.EqualTo("best-observed"), "what was measured needs no predictor");
    }

    [Test]
    public void Predictors_are_compared_on_one_division_of_the_trials()
    {
        var (one, twin) = (new FakePredictorConfig { Says = weights => weights[0] }, new FakePredictorConfig { Says = weights => weights[1] });

        Run(Small() with { Rounds = [12], Predictors = [one, twin], Final = FinalRule.BestObserved }, Spaces.Even(4), Spaces.Bowl(Lowest));

        Assert.That(twin.FittedTo.Take(OutOfFold.Folds), Is.EqualTo(one.FittedTo.Take(OutOfFold.Folds)));
    }

    [Test]
    public void Robust_goes_by_a_relevance_process_as_well_as_by_a_Gaussian_one()
    {
        var space = Spaces.Even(6);
        double[] lowest = [0.5, 0.3, 0.2, 0, 0, 0];
        var config = Small() with { Rounds = [24, 10, 6], Predictors = [new RelevanceProcessConfig(), new GaussianProcessConfig()] };

        var (history, choice) = Run(config, space, Spaces.Bowl(lowest));
        var (again, _) = Run(config, space, Spaces.Bowl(lowest));

        Assert.That(choice.Fits.Select(fit => fit.Predictor), Is.EquivalentTo(new[] { RelevanceProcessConfig.TypeName, GaussianProcessConfig.TypeName }));
        Assert.That(choice.Fits.Select(fit => fit.Failure), Is.All.Null);
        Assert.That(choice.Measured, Is.LessThan(history.Where(trial => trial.Trial.Round == 1).Min(trial => trial.Result.Score)), "later rounds find better ones than the first");
        Assert.That(again.Select(trial => trial.Trial.Id), Is.EqualTo(history.Select(trial => trial.Trial.Id)));
    }

    private static ClimbConfig Small(SearchPreset preset = SearchPreset.Robust)
    {
        return new ClimbConfig
        {
            Preset = preset,
            Rounds = [12, 6, 4],
            Sampling = new() { MinWeight = 0.01 },
            Pool = new() { Size = 400 },
            Predictors = [new GaussianProcessConfig()],
        };
    }

    private static (IReadOnlyList<FinishedTrial> History, MixtureChoice Choice) Run(SearchConfig config, MixtureSpace space, Func<Trial, double> score, long seed = 1)
    {
        var search = config.Build(space, seed);
        List<FinishedTrial> history = [];
        while (search.Propose(history).Trials is { Count: > 0 } trials)
        {
            history.AddRange(trials.Select(trial => new FinishedTrial(trial, new TrialResult { Id = trial.Id, Score = score(trial) })));
        }

        return (history, search.Choose(history));
    }
}
