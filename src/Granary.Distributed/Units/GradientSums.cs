using Granary.Torch;
using Granary.Torch.Distributed;

namespace Granary.Distributed.Units;

/// <summary>The gradients of units on their way: summed over the ranks, and brought to all where every rank keeps them.</summary>
internal sealed class GradientSums
{
    // One travels while the next is filled. Small ones may be more, so that a rank need not wait for one that is a little behind.
    private const int AtOnce = 2;

    private readonly ProcessGroup _group;
    private readonly ExchangeClock _clock;
    private readonly bool _keepsAll;
    private readonly Queue<(ParameterUnit Unit, Work Sum)> _sums = new();
    private readonly Dictionary<ParameterUnit, Work> _gatherings = [];

    public GradientSums(ProcessGroup group, ExchangeClock clock, bool keepsAll)
    {
        (_group, _clock, _keepsAll) = (group, clock, keepsAll);
    }

    /// <summary>Whether exchanges run beside the computation; else each is waited for where it begins.</summary>
    public bool IsOverlapped { get; set; } = true;

    /// <summary>Begins to sum a unit's gradients over the ranks.</summary>
    public void Begin(ParameterUnit unit)
    {
        while (_sums.Any(entry => entry.Unit == unit))
        {
            EndFirst();
        }

        if (!IsOverlapped)
        {
            _group.barrier().wait(); // what the exchange takes, without what a slower rank still computes
        }

        _sums.Enqueue((unit, unit.BeginReduction(_group, _keepsAll)));
        while (IsTooMuch())
        {
            EndFirst();
        }
    }

    /// <summary>Waits for all sums; where every rank keeps all gradients, those of other parts may still be on their way.</summary>
    public void Finish()
    {
        while (_sums.Count > 0)
        {
            EndFirst();
        }
    }

    /// <summary>Waits for a unit's gradients of other parts, if any are on their way.</summary>
    public void Require(ParameterUnit unit)
    {
        if (_gatherings.Remove(unit, out var gathering))
        {
            _clock.Wait(gathering);
        }
    }

    private bool IsTooMuch()
    {
        return IsOverlapped ? _sums.Count > AtOnce && _sums.Sum(entry => entry.Unit.Bytes) > ShardedParameters.SmallSumsBytes : _sums.Count > 0;
    }

    private void EndFirst()
    {
        using var scope = torch.NewDisposeScope();
        var (unit, sum) = _sums.Dequeue();
        _clock.Wait(sum);
        unit.EndReduction(_keepsAll);
        if (!_keepsAll)
        {
            return;
        }

        var gathering = _group.all_gather_into_tensor(unit.Gradients!, unit.PartGradients!);
        if (IsOverlapped)
        {
            _gatherings.Add(unit, gathering);
        }
        else
        {
            _clock.Wait(gathering);
        }
    }
}
