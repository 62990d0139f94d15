using Granary.Core.Randomness;

namespace Granary.Pipelines.Climb.Statistics.Tests;

public sealed class PairedBootstrapTests
{
    private static readonly RandomKey Key = RandomKey.FromSeed(3);

    [Test]
    public void Two_differences_give_their_ends()
    {
        // A quarter of the draws takes the first twice, a quarter the second twice.
        var interval = PairedBootstrap.Of([1, 3], [0, 0], Key);

        Assert.That((interval.Mean, interval.Low, interval.High), Is.EqualTo((2.0, 1.0, 3.0)));
    }

    [Test]
    public void One_difference_tells_no_interval()
    {
        Assert.That(PairedBootstrap.Of([3], [1], Key), Is.EqualTo(new ConfidenceInterval(2, double.NaN, double.NaN)));
    }

    [Test]
    public void Many_normal_differences_give_about_students_interval()
    {
        var left = Enumerable.Range(0, 200).Select(i => Enumerable.Range(0, 12).Sum(j => Key.Fold(i).DoubleAt(j)) - 6).ToList();
        var right = left.Select(_ => 0.0).ToList();

        var drawn = PairedBootstrap.Of(left, right, Key);

        // The 97.5 % quantile of Student's t with 199 degrees of freedom, from a table.
        var half = 1.971957 * Math.Sqrt(left.Sum(value => Math.Pow(value - left.Average(), 2)) / 199 / 200);
        Assert.That(drawn.Low, Is.EqualTo(left.Average() - half).Within(0.02));
        Assert.That(drawn.High, Is.EqualTo(left.Average() + half).Within(0.02));
    }

    [Test]
    public void The_same_key_gives_the_same_interval_and_pairing_takes_seeds_noise_away()
    {
        var noise = Enumerable.Range(0, 30).Select(i => 10 * Key.DoubleAt(i)).ToList();
        var better = noise.Select(value => value - 0.1).ToList();

        var interval = PairedBootstrap.Of(better, noise, Key);

        Assert.That(interval, Is.EqualTo(PairedBootstrap.Of(better, noise, Key)));
        Assert.That(interval.High, Is.EqualTo(-0.1).Within(1e-9));
    }

    [Test]
    public void Results_without_a_partner_are_refused()
    {
        var thrown = Assert.Throws<ArgumentException>(() => PairedBootstrap.Of([1, 2], [1], Key));

        Assert.That(thrown.Message, Does.Contain("'2'").And.Contain("'1'"));
    }
}
