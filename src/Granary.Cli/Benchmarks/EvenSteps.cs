using Granary.Core.Randomness;
using Granary.Data.Batching;

namespace Granary.Cli.Benchmarks;

/// <summary>
/// Few steps in place of many: taken evenly from all, sorted by row length, so that each length has its share as nearly as
/// whole steps allow; in random order.
/// </summary>
internal sealed class EvenSteps : IStepSource
{
    private readonly IStepSource _all;
    private readonly long[] _chosen;

    public EvenSteps(IStepSource all, int count, RandomKey key)
    {
        _all = all;
        var byLength = Enumerable.Range(0, (int)all.TotalSteps).OrderBy(step => all.PlanAt(step).Exponent).ThenBy(step => key.UInt64At(step)).ToList();
        _chosen = [.. Enumerable.Range(0, count)
            .Select(index => (long)byLength[(int)(((2L * index) + 1) * byLength.Count / (2L * count))])
            .OrderBy(step => key.Use("order").UInt64At(step))];
    }

    public long TotalSteps => _chosen.Length;

    public long TokensPerStep => _all.TokensPerStep;

    public string OrderSha256 => _all.OrderSha256;

    public StepPlan PlanAt(long step)
    {
        return _all.PlanAt(_chosen[step]) with { Step = step };
    }
}
