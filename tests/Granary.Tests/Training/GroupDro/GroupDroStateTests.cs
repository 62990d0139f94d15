namespace Granary.Training.GroupDro.Tests;

public sealed class GroupDroStateTests
{
    private const double Rounding = 1e-12;

    [Test]
    public void Weights_grow_by_the_exponential_of_the_excess_and_keep_a_share_alike()
    {
        var state = new GroupDroState(domains: 2);

        state.Move(new GroupDroConfig { Eta = 1, Smoothing = 0.1 }, [Math.Log(3), 0]);

        Assert.That(state.Weights, Is.EqualTo(new[] { (0.9 * 0.75) + 0.05, (0.9 * 0.25) + 0.05 }).Within(Rounding));
    }

    [Test]
    public void A_domain_that_a_step_has_nothing_of_keeps_its_last_excess()
    {
        var (kept, told) = (new GroupDroState(domains: 2), new GroupDroState(domains: 2));
        var config = new GroupDroConfig();

        kept.Move(config, [0.4, 0.1]);
        kept.Move(config, [double.NaN, 0.2]);
        told.Move(config, [0.4, 0.1]);
        told.Move(config, [0.4, 0.2]);

        Assert.That(kept.Weights, Is.EqualTo(told.Weights));
    }

    [Test]
    public void The_result_is_the_average_over_the_steps()
    {
        var state = new GroupDroState(domains: 3);
        var seen = new List<double[]>();

        for (var step = 0; step < 5; step++)
        {
            state.Move(new GroupDroConfig(), [0.1 * step, 0.2, 0]);
            seen.Add([.. state.Weights]);
        }

        Assert.That(state.Average(), Is.EqualTo(Enumerable.Range(0, 3).Select(domain => seen.Average(weights => weights[domain]))).Within(Rounding));
    }

    [Test]
    public void Before_the_first_step_all_domains_are_alike()
    {
        Assert.That(new GroupDroState(domains: 4).Average(), Is.EqualTo(new[] { 0.25, 0.25, 0.25, 0.25 }));
    }

    [Test]
    public void Huge_excess_does_not_overflow()
    {
        var state = new GroupDroState(domains: 2);

        state.Move(new GroupDroConfig { Smoothing = 0 }, [2_000, 1_000]);

        Assert.That(state.Weights[0], Is.EqualTo(1));
    }

    [Test]
    public void Facts_keep_every_bit()
    {
        var state = new GroupDroState(domains: 3);
        state.Move(new GroupDroConfig(), [0.123456789, 0.7, double.NaN]);

        var read = GroupDroState.FromFacts(state.ToFacts());
        state.Move(new GroupDroConfig(), [double.NaN, double.NaN, 0.3]);
        read.Move(new GroupDroConfig(), [double.NaN, double.NaN, 0.3]);

        Assert.That(read.ToFacts(), Is.EqualTo(state.ToFacts()));
        Assert.That(read.Average(), Is.EqualTo(state.Average()));
    }
}
