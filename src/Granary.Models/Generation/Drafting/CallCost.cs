namespace Granary.Models.Generation.Drafting;

/// <summary>
/// What a model call of so many tokens costs, as a straight line through the calls so far, older ones counting less. Only
/// ratios matter: without a measurement the first token counts 1 and each further one <see cref="PriorSlope"/>.
/// </summary>
internal sealed class CallCost
{
    private const double PriorSlope = 0.03;
    private const double PriorWeight = 8;
    private const double Forgetting = 0.98;

    // A call that takes longer was held up by something else.
    private const double MostOverExpected = 3;

    private double _weight;
    private double _added;
    private double _seconds;
    private double _addedSquared;
    private double _addedSeconds;

    public double Of(int tokens)
    {
        var (intercept, slope) = Line();
        return intercept + (slope * (tokens - 1));
    }

    public void Count(int tokens, double seconds)
    {
        var expected = _weight > 0 ? Of(tokens) : seconds;
        var (added, cost) = (tokens - 1.0, expected > 0 ? Math.Min(seconds, MostOverExpected * expected) : seconds);
        _weight = (Forgetting * _weight) + 1;
        _added = (Forgetting * _added) + added;
        _seconds = (Forgetting * _seconds) + cost;
        _addedSquared = (Forgetting * _addedSquared) + (added * added);
        _addedSeconds = (Forgetting * _addedSeconds) + (added * cost);
    }

    private (double Intercept, double Slope) Line()
    {
        if (_seconds <= 0)
        {
            return (1, PriorSlope);
        }

        // Least squares with a pull of the slope towards the prior's, in units of the mean call.
        var (added, seconds) = (_added / _weight, _seconds / _weight);
        var prior = PriorSlope * seconds / (1 + (PriorSlope * added));
        var spread = _addedSquared - (_weight * added * added);
        var slope = Math.Max(0, (_addedSeconds - (_weight * added * seconds) + (PriorWeight * prior)) / (spread + PriorWeight));
        var intercept = seconds - (slope * added);
        return intercept > 0 ? (intercept, slope) : (seconds / (1 + (PriorSlope * added)), prior);
    }
}
