using Granary.Pipelines.Climb.Mixtures;

namespace Granary.Pipelines.Climb.Search.Tests;

public sealed class OtherSearchTests
{
    [Test]
    public void Uniform_and_natural_make_no_trial_and_keep_to_amounts()
    {
        MixtureComponent[] components = [new() { Name = "a", Tokens = 700, Prior = 0.7 }, new() { Name = "b", Tokens = 200, Prior = 0.2 }, new() { Name = "c", Tokens = 100, Prior = 0.1 }];
        var space = new CapsConfig { MaxEpochs = 2 }.Over(components);

        Assert.That(new NaturalConfig().Build(space, seed: 1).Choose([]).Weights, Is.EqualTo(new[] { 0.7, 0.2, 0.1 }).Within(1e-9));
        Assert.That(new UniformConfig().Build(space, seed: 1).Choose([]).Weights, Is.EqualTo(new[] { 0.4, 0.4, 0.2 }).Within(1e-9));
        Assert.That(new UniformConfig().Build(space, seed: 1).Propose([]).Trials, Is.Empty);
    }

    [Test]
    public void The_order_in_which_components_are_listed_changes_no_method([Values] bool isUniform)
    {
        SearchConfig config = isUniform ? new UniformConfig { MinWeight = 0.1 } : new NaturalConfig { MinWeight = 0.1 };
        var space = Spaces.Even(3);
        var turned = new MixtureSpace([space.Components[2], space.Components[1], space.Components[0]]);

        // Three thirds do not fit a grid of tenths: somebody gets the tenth that is left.
        var (there, back) = (config.Build(space, seed: 1).Choose([]).Weights, config.Build(turned, seed: 1).Choose([]).Weights);

        Assert.That(turned.ByName(back), Is.EquivalentTo(space.ByName(there)));
    }

    [Test]
    public void The_best_single_component_wins_with_as_much_of_it_as_there_is()
    {
        var space = Spaces.Even(3, [1, 0.8, 1]);
        var search = new BestSingleConfig().Build(space, seed: 1);

        var history = Finish(search.Propose([]), trial => -trial.Weights[1]);

        Assert.That(search.Propose(history).Trials, Is.Empty);
        Assert.That(search.Choose(history).Weights, Is.EqualTo(new[] { 0.1, 0.8, 0.1 }).Within(1e-9));
    }

    [Test]
    public void MixMin_trains_each_component_alone_and_mixes_their_likelihoods()
    {
        var search = new MixMinSearchConfig().Build(Spaces.Even(3), seed: 1);
        var trials = search.Propose([]).Trials;

        // Three documents in four are explained by the first model alone, one by the second, none by the third.
        var history = trials.Select(trial => new FinishedTrial(trial, new TrialResult
        {
            Id = trial.Id,
            Score = 1,
            DocumentNats = [.. Enumerable.Range(0, 4).Select(document => (document == 3 ? 1 : 0) == trial.Index ? 10.0 : 90)],
            DocumentTokens = [10, 10, 10, 10],
        })).ToList();

        Assert.That(trials.Select(trial => trial.Weights.Max()), Has.All.EqualTo(1));
        Assert.That(search.Choose(history).Weights, Is.EqualTo(new[] { 0.75, 0.25, 0 }).Within(0.01));
    }

    [Test]
    public void MixMin_without_document_losses_is_refused()
    {
        var search = new MixMinSearchConfig().Build(Spaces.Even(3), seed: 1);

        Assert.That(() => search.Choose(Finish(search.Propose([]), _ => 1)), Throws.TypeOf<MixtureSearchException>().With.Message.Contains("None of the '3' trials kept"));
    }

    [Test]
    public void DoReMi_makes_a_reference_and_then_a_run_whose_own_mixture_is_chosen()
    {
        var search = new DoReMiConfig().Build(Spaces.Even(3), seed: 1);
        var first = Finish(search.Propose([]), _ => 1);
        var second = search.Propose(first).Trials.Single();
        var history = first.Append(new FinishedTrial(second, new TrialResult { Id = second.Id, Score = 1, LearnedWeights = [0.2, 0.2, 0.6] })).ToList();

        Assert.That((first[0].Trial.Origin, second.Kind, second.Reference), Is.EqualTo((TrialOrigin.Reference, TrialKind.GroupDro, first[0].Trial.Id)));
        Assert.That(search.Propose(history).Trials, Is.Empty);
        Assert.That(search.Choose(history).Weights, Is.EqualTo(new[] { 0.2, 0.2, 0.6 }).Within(1e-9));
    }

    [Test]
    public void DoReMis_settings_go_with_its_trial_and_come_back_from_a_file()
    {
        var space = Spaces.Even(3);
        var search = new DoReMiConfig { StepSize = 0.5, Smoothing = 0.01 }.Build(space, seed: 1);
        var first = Finish(search.Propose([]), _ => 1);
        var second = search.Propose(first).Trials.Single();

        var read = SearchJson.Read<TrialSpec>(SearchJson.Line(TrialSpec.Of(second, space)), "test").In(space);

        Assert.That(first[0].Trial.GroupDro, Is.Null);
        Assert.That(second.GroupDro, Is.EqualTo(new GroupDroSettings(0.5, 0.01)));
        Assert.That(read.GroupDro, Is.EqualTo(second.GroupDro));
    }

    [Test]
    public void Random_search_takes_the_best_of_one_round()
    {
        var search = new RandomConfig { Trials = 30 }.Build(Spaces.Even(4), seed: 1);
        var history = Finish(search.Propose([]), Spaces.Bowl(0.4, 0.3, 0.2, 0.1));

        Assert.That(search.Propose(history).Trials, Is.Empty);
        Assert.That(search.Choose(history).Measured, Is.EqualTo(history.Min(finished => finished.Result.Score)));
    }

    private static IReadOnlyList<FinishedTrial> Finish(Proposal proposal, Func<Trial, double> score)
    {
        return [.. proposal.Trials.Select(trial => new FinishedTrial(trial, new TrialResult { Id = trial.Id, Score = score(trial) }))];
    }
}
