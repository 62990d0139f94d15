using Granary.Torch;
using Granary.Torch.Distributed;

namespace Granary.Distributed.Planning.Calibration;

/// <summary>Makes ranks agree on a measurement, so that they plan alike.</summary>
internal static class SlowestRank
{
    /// <summary>The largest of all ranks' values. All ranks call it.</summary>
    internal static double Of(ProcessGroup group, double value)
    {
        using var scope = torch.NewDisposeScope();
        var most = torch.full([1], value, ScalarType.Float64);
        group.all_reduce(most, ReduceOp.Max).wait();
        return most.data<double>()[0];
    }
}
