namespace Granary.Cluster.Grains.Tests;

public sealed class MixtureSearchStateTests
{
    private static readonly DateTimeOffset Now = new(2024, 1, 1, 0, 0, 0, TimeSpan.Zero);

    [Test]
    public void Rounds_stand_in_their_order_and_the_last_report_of_each_counts()
    {
        var search = new MixtureSearchState()
            .Report(Round(1, done: 0), Now)
            .Report(Round(0, done: 2, best: 3.5), Now)
            .Report(Round(1, done: 1), Now.AddMinutes(1))
            .Snapshot("j")!;

        Assert.Multiple(() =>
        {
            Assert.That(search.Rounds.Select(round => (round.Round, round.Done)), Is.EqualTo(new[] { (0, 2), (1, 1) }));
            Assert.That(search.Best!.Value, Is.EqualTo(3.5));
            Assert.That(search.Reported, Is.EqualTo(Now.AddMinutes(1)));
        });
    }

    [Test]
    public void A_search_of_which_nothing_was_reported_cannot_be_seen()
    {
        Assert.That(new MixtureSearchState().Snapshot("j"), Is.Null);
    }

    [Test]
    public void No_round_is_negative_or_without_end_and_no_value_is_infinite()
    {
        Assert.Multiple(() =>
        {
            Assert.That(MixtureSearchState.FaultOf(Round(0, done: 1, best: 1)), Is.Null);
            Assert.That(MixtureSearchState.FaultOf(Round(-1, done: 0)), Does.Contain("'-1'"));
            Assert.That(MixtureSearchState.FaultOf(Round(MixtureSearchState.MostRounds, done: 0)), Does.Contain("9999"));
            Assert.That(MixtureSearchState.FaultOf(Round(0, done: -2)), Does.Contain("'-2' done"));
            Assert.That(MixtureSearchState.FaultOf(Round(0, done: 1, best: double.NaN)), Does.Contain("finite"));
        });
    }

    private static MixtureRound Round(int round, int done, double? best = null)
    {
        return new MixtureRound
        {
            Round = round,
            Done = done,
            Running = 0,
            Failed = 0,
            Best = best is { } value ? new MixtureBest("t", value, new Dictionary<string, double> { ["a"] = 1 }) : null,
        };
    }
}
