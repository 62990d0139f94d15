namespace Granary.Distributed.Planning.Calibration.Tests;

public sealed class TimingFitTests
{
    [Test]
    public void A_line_is_found_again()
    {
        var fit = TimingFit.Of([.. new[] { 1e6, 2e6, 4e6 }.Select(bytes => new Timing(bytes, 50e-6 + (bytes / 1e9)))]);

        Assert.That(fit.Start, Is.EqualTo(50e-6).Within(1e-9));
        Assert.That(fit.Rate, Is.EqualTo(1e9).Within(1));
    }

    [Test]
    public void A_line_that_would_start_before_nothing_goes_through_the_origin()
    {
        var fit = TimingFit.Of([new(1e6, 0.9e-3), new(2e6, 2.0e-3), new(4e6, 4.2e-3)]);

        Assert.That(fit.Start, Is.Zero);
        Assert.That(fit.Rate, Is.EqualTo(1e9).Within(0.05e9));
    }

    [Test]
    public void One_timing_is_a_rate()
    {
        Assert.That(TimingFit.Of([new(3e6, 1e-3)]), Is.EqualTo(new TimingFit(0, 3e9)));
    }
}
