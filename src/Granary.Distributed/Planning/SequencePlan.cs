using System.Globalization;
using Granary.Distributed.Sequence;

namespace Granary.Distributed.Planning;

/// <summary>The schedules that attention over ranks takes, what they are predicted to cost, and why they were taken.</summary>
/// <param name="Forward">The forward schedule's name.</param>
/// <param name="Backward">The backward schedule's name.</param>
/// <param name="Order">The order of positions that both share.</param>
/// <param name="ForwardCost">What the forward schedule takes for one attention.</param>
/// <param name="BackwardCost">What the backward schedule takes for one attention.</param>
/// <param name="Reasons">Lines that compare what was taken with what was not.</param>
public sealed record SequencePlan(string Forward, string Backward, SequenceOrder Order, PassCost ForwardCost, PassCost BackwardCost, IReadOnlyList<string> Reasons)
{
    /// <summary>Seconds of one attention, forward and backward.</summary>
    public double Seconds => ForwardCost.Seconds + BackwardCost.Seconds;

    /// <summary>A line that holds measured seconds of one attention against the predicted ones.</summary>
    public string Against(double forwardSeconds, double backwardSeconds)
    {
        return string.Create(
            CultureInfo.InvariantCulture,
            $"{Forward} forward: predicted {Spoken.Milliseconds(ForwardCost.Seconds)}, measured {Spoken.Milliseconds(forwardSeconds)} ({forwardSeconds / ForwardCost.Seconds:F2} times); {Backward} backward: predicted {Spoken.Milliseconds(BackwardCost.Seconds)}, measured {Spoken.Milliseconds(backwardSeconds)} ({backwardSeconds / BackwardCost.Seconds:F2} times)");
    }
}
