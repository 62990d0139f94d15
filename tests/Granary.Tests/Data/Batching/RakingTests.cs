namespace Granary.Data.Batching.Tests;

public sealed class RakingTests
{
    // Two sources in two lengths: 10, 30 of the first and 40, 20 of the second.
    private static readonly double[] Amounts = [10, 30, 40, 20];
    private static readonly int[] Source = [0, 0, 1, 1];
    private static readonly int[] Length = [0, 1, 0, 1];

    [Test]
    public void Without_margins_shares_are_those_of_the_amounts()
    {
        Assert.That(Raking.Rake(Amounts, []), Is.EqualTo(new[] { 0.1, 0.3, 0.4, 0.2 }).Within(1e-15));
    }

    [Test]
    public void One_margin_keeps_the_proportions_within_a_class()
    {
        var shares = Raking.Rake(Amounts, [new Margin(Source, [3, 1])]);

        Assert.That(shares, Is.EqualTo(new[] { 0.75 / 4, 0.75 * 3 / 4, 0.25 * 2 / 3, 0.25 / 3 }).Within(1e-15));
    }

    [Test]
    public void Two_margins_hold_at_once_and_keep_the_odds_ratio()
    {
        var shares = Raking.Rake(Amounts, [new Margin(Source, [3, 1]), new Margin(Length, [1, 1])]);

        Assert.Multiple(() =>
        {
            Assert.That(shares[0] + shares[1], Is.EqualTo(0.75).Within(1e-11));
            Assert.That(shares[0] + shares[2], Is.EqualTo(0.5).Within(1e-11));
            Assert.That(shares[0] * shares[3] / shares[1] / shares[2], Is.EqualTo(10.0 * 20 / 30 / 40).Within(1e-9));
        });
    }

    [Test]
    public void Where_margins_contradict_each_other_the_last_holds()
    {
        // The second source has nothing of the second length, which is to have everything.
        var shares = Raking.Rake([10, 30, 40, 0], [new Margin(Source, [1, 1]), new Margin(Length, [0, 1])]);

        Assert.That(shares, Is.EqualTo(new[] { 0.0, 1, 0, 0 }));
    }

    [Test]
    public void Share_of_an_empty_class_goes_to_the_others()
    {
        var shares = Raking.Rake([10, 30, 0, 0], [new Margin(Source, [1, 1])]);

        Assert.That(shares, Is.EqualTo(new[] { 0.25, 0.75, 0, 0 }).Within(1e-15));
    }

    [Test]
    public void Weights_only_for_what_is_empty_give_nothing()
    {
        Assert.That(Raking.Rake([10, 30, 0, 0], [new Margin(Source, [0, 1])]), Is.All.Zero);
    }
}
