namespace Granary.Distributed.Planning.Calibration;

/// <summary>A line through timings: seconds = <paramref name="Start"/> + amount / <paramref name="Rate"/>.</summary>
/// <param name="Start">Seconds before the first of it, at least 0.</param>
/// <param name="Rate">Amount a second.</param>
public readonly record struct TimingFit(double Start, double Rate)
{
    /// <summary>The line whose relative errors have the least squares.</summary>
    public static TimingFit Of(IReadOnlyList<Timing> timings)
    {
        // Weights 1 / seconds^2: a small message's tenth counts as much as a large one's.
        double Sum(Func<Timing, double> term) => timings.Sum(timing => term(timing) / (timing.Seconds * timing.Seconds));

        var (weight, amount, square) = (Sum(_ => 1), Sum(timing => timing.Amount), Sum(timing => timing.Amount * timing.Amount));
        var (seconds, product) = (Sum(timing => timing.Seconds), Sum(timing => timing.Amount * timing.Seconds));
        var determinant = (weight * square) - (amount * amount);
        var slope = determinant > 0 ? ((weight * product) - (amount * seconds)) / determinant : 0;
        var start = weight > 0 ? (seconds - (slope * amount)) / weight : 0;

        // Noise can tilt the line past what is possible; then it goes through the origin.
        return slope > 0 && start >= 0 ? new(start, 1 / slope) : new(0, square / product);
    }
}
