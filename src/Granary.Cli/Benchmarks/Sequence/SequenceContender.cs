using Granary.Distributed.Planning;
using Granary.Distributed.Sequence;

namespace Granary.Cli.Benchmarks.Sequence;

/// <summary>A choice of schedules with its measurements, a figure for each round.</summary>
internal sealed class SequenceContender
{
    public SequenceContender(string name, SequenceAxis axis, SequencePlan? plan)
    {
        (Name, Axis, Plan) = (name, axis, plan);
    }

    /// <summary>What it is called in a configuration.</summary>
    public string Name { get; }

    /// <summary>What was chosen and why, for auto.</summary>
    public SequencePlan? Plan { get; }

    /// <summary>What runs it here.</summary>
    public SequenceAxis Axis { get; }

    /// <summary>Seconds of the slowest rank forward.</summary>
    public List<double> ForwardSeconds { get; } = [];

    /// <summary>Seconds of the slowest rank backward.</summary>
    public List<double> BackwardSeconds { get; } = [];

    /// <summary>Bytes that this rank sends forward and backward; the same in every round.</summary>
    public (long Forward, long Backward) BytesSent { get; set; }

    /// <summary>The largest difference from one device's attention, in parts of the largest value, over out and the gradients of q, k and v; null where it was not looked for.</summary>
    public double? MaxError { get; set; }
}
