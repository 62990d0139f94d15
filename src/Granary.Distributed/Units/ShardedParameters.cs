using Granary.Torch;
using Granary.Torch.Distributed;
using Granary.Torch.Kernels;
using Granary.Torch.Modules;

namespace Granary.Distributed.Units;

/// <summary>
/// A model's parameters over the ranks of a group, unit by unit: rank r owns part r of each, in all three ways of sharding,
/// so that they differ only in what is kept and give the same bits.
/// </summary>
/// <remarks>
/// A step of N ranks: (1) <see cref="BeginStep"/>; (2) passes, each forward and backward between the hooks; when backward
/// leaves a block in the last one, its gradients begin to be summed over the ranks, (N - 1) / N of its bytes sent, while
/// backward goes on; (3) <see cref="EndBackward"/> begins what is left and waits for the sums; (4) <see cref="Update"/>, or
/// <see cref="Skip"/>. <see cref="Sharding.None"/> brings the summed gradients of all parts here as well, another
/// (N - 1) / N, waited for where (4) comes to a unit; <see cref="Sharding.Optimizer"/> the updated values instead, begun in (4) and
/// waited for where a block is next used. <see cref="Sharding.Full"/> keeps the own parts only: a block comes ahead of its use,
/// forward and backward, and goes behind it, and each pass sums its gradients; what lies outside of the blocks comes in (1) and
/// goes in (4).
/// All ranks make the same exchanges in the same order, whatever a rank has to run: that of backward through the blocks.
/// </remarks>
public sealed class ShardedParameters : IBlockHooks, IDisposable
{
    /// <summary>The bytes of gradients up to which more than two units' sums are on their way at once.</summary>
    public const long SmallSumsBytes = 32L << 20;

    private readonly ProcessGroup _group;
    private readonly Sharding _sharding;
    private readonly ExchangeClock _clock;
    private readonly UnitOrder _order;
    private readonly ParameterUnit[] _units;
    private readonly List<(ParameterUnit Unit, int Parameter, int Part, ParameterSegment Segment)> _segments = [];
    private readonly GradientSums _sums;

    private int _begun; // units whose sums the last pass has begun, in the order of backward
    private bool _isLastPass;
    private bool _keepsWhole;

    /// <summary>Takes the parameters, whose values are the same on all ranks, into units.</summary>
    public ShardedParameters(ProcessGroup group, Sharding sharding, ModelUnits model, IEnumerable<(string Name, Tensor Parameter)> parameters, TimeProvider time)
    {
        _group = group;
        _sharding = sharding;
        _clock = new ExchangeClock(time);
        _sums = new GradientSums(group, _clock, KeepsGradients);
        _order = new UnitOrder(model, parameters);
        _units = [.. _order.Units.Select(members => new ParameterUnit(members, group, ownsPart: IsFull))];
        foreach (var unit in _units)
        {
            foreach (var part in HeldParts)
            {
                foreach (var run in unit.RunsIn(part, IsFull ? unit.Part : unit.Whole, IsFull ? part * unit.PartElements : 0))
                {
                    _segments.Add((unit, run.Parameter, part, new ParameterSegment(run.Name, run.Shape, run.Start, run.Elements.DetachFromDisposeScope())));
                }
            }
        }

        FreeAll();
    }

    /// <summary>What this rank updates: the own part's segments; without sharding those of all parts.</summary>
    public IEnumerable<ParameterSegment> Segments => _segments.Select(entry => entry.Segment);

    /// <summary>Whether every rank has to run as many passes as the others, by <see cref="RunEmptyPass"/> where it has nothing to run.</summary>
    public bool RunsInStep => IsFull;

    /// <summary>Bytes that a rank sends in a step with one pass, for parameters and gradients.</summary>
    public long BytesPerStep
    {
        get
        {
            // Without sharding and with the optimizer's: sums and one gathering of each unit. Fully: the last block stays between
            // forward and backward, every other one comes twice.
            var blocks = _units.Take(_order.Blocks).Select(PartBytes).ToList();
            var all = _units.Sum(PartBytes);
            return (_group.size - 1) * (IsFull ? (2 * all) + blocks.Take(blocks.Count - 1).Sum() : 2 * all);
        }
    }

    /// <summary>The time in which this rank stood still for parameters and gradients; without overlap for their way alone, for no slower rank.</summary>
    public TimeSpan Waited => _clock.Waited;

    /// <summary>Whether exchanges run beside the computation; else each is waited for where it begins, which tells what they take. The same on all ranks.</summary>
    public bool IsOverlapped
    {
        get => _sums.IsOverlapped;
        set => _sums.IsOverlapped = value;
    }

    private bool IsFull => _sharding == Sharding.Full;

    private bool KeepsGradients => _sharding == Sharding.None;

    private IEnumerable<int> HeldParts => _sharding == Sharding.None ? Enumerable.Range(0, _group.size) : [_group.rank];

    private IEnumerable<ParameterUnit> Outside => _units.Skip(_order.Blocks);

    // Gradients of all parts come in the order of backward; updated values go in the order in which the next step needs them.
    private IEnumerable<ParameterUnit> UpdateOrder => KeepsGradients ? _order.Backward.Select(unit => _units[unit]) : Outside.Concat(_units.Take(_order.Blocks));

    /// <summary>Brings what lies outside of the blocks.</summary>
    public void BeginStep()
    {
        foreach (var unit in Outside)
        {
            Fetch(unit);
        }

        FetchBlock(0);
        foreach (var unit in Outside)
        {
            Require(unit);
        }
    }

    /// <summary>Begins a forward and backward pass; in the last of a step gradients are summed.</summary>
    public void BeginPass(bool isLast)
    {
        _isLastPass = isLast;
    }

    /// <summary>A pass in which this rank has nothing to run.</summary>
    public void RunEmptyPass()
    {
        for (var block = 0; block < _order.Blocks; block++)
        {
            EnterForward(block);
            LeaveForward(block, isRunBack: true);
        }

        for (var block = _order.Blocks - 1; block >= 0; block--)
        {
            EnterBackward(block);
            LeaveBackward(block);
        }
    }

    /// <summary>Sums the gradients of what backward has not left, and waits for the own part of all sums.</summary>
    public void EndBackward()
    {
        ReduceUntil(_units.Length);
        _sums.Finish();

        // Of a rank that ran nothing: its own part may be sent no more when the update changes it.
        Settle();
        (_begun, _isLastPass) = (0, false);
    }

    /// <summary>The sum of the squares of the own part's gradients, in double precision.</summary>
    public double SumOfSquares()
    {
        using var mode = torch.no_grad();
        using var scope = torch.NewDisposeScope();
        var gradients = _units.Select(unit => unit.PartGradients!).ToList();
        return gradients.All(gradient => gradient.dtype == ScalarType.Float32 && gradient.device.Type == DeviceType.CPU)
            ? FusedAdamW.SumOfSquares(gradients)
            : gradients.Sum(gradient => gradient.to(ScalarType.Float64).square().sum().item());
    }

    /// <summary>Which parameters this rank had a gradient of.</summary>
    public bool[] HasGradients()
    {
        return [.. _units.SelectMany(unit => unit.HasGradient)];
    }

    /// <summary>
    /// Updates the segments, drops the gradients and gives away what is kept for a step only. On the CPU one unit after the other,
    /// so that gradients or values of other units travel meanwhile; on a GPU exchanges and updates are queued anyway.
    /// </summary>
    /// <param name="isPresent">What <see cref="HasGradients"/> says of any rank: a segment that none has a gradient of gets none.</param>
    /// <param name="update">Updates the segments that have a gradient.</param>
    public void Update(IReadOnlyList<bool> isPresent, Action update)
    {
        var order = UpdateOrder.ToList();
        foreach (var portion in _units[0].Whole.device.Type == DeviceType.CPU ? order.Chunk(1) : order.Chunk(order.Count))
        {
            foreach (var unit in portion)
            {
                _sums.Require(unit);
                BindGradients(unit, isPresent);
            }

            update();
            foreach (var unit in portion)
            {
                EndUpdate(unit);
            }
        }

        FreeAll();
    }

    /// <summary>Leaves an update out: drops the gradients, and gives away what is kept for a step only.</summary>
    public void Skip()
    {
        foreach (var unit in _units)
        {
            _sums.Require(unit);
            unit.DropGradients();
        }

        FreeAll();
    }

    /// <summary>Waits for the values that are on their way.</summary>
    public void Settle()
    {
        foreach (var unit in _units.Where(unit => unit.Gathering is not null))
        {
            Require(unit);
        }
    }

    /// <summary>Brings all values here, on all ranks, until the result is disposed.</summary>
    public IDisposable GatherAll()
    {
        foreach (var unit in _units)
        {
            Fetch(unit);
            Require(unit);
        }

        _keepsWhole = true;
        return new WholeRegion(this);
    }

    /// <summary>
    /// The first rank's copies, in main memory, of what segments have on all ranks, by parameter; null on the others. One unit
    /// after the other, so that only the copies take the memory of a whole model.
    /// </summary>
    /// <param name="valuesOf">A tensor with an element for each of a segment's.</param>
    public IReadOnlyList<(string Name, Tensor Values)>? Collect(Func<ParameterSegment, Tensor> valuesOf)
    {
        var isFirst = _group.rank == 0;
        var copies = new List<(string, Tensor)>();
        foreach (var unit in _units.Where(_ => isFirst || !KeepsGradients))
        {
            using var mode = torch.no_grad();
            using var scope = torch.NewDisposeScope();
            using var held = unit.NewMemory(KeepsGradients ? unit.Elements : unit.PartElements);
            foreach (var (_, parameter, part, segment) in _segments.Where(entry => entry.Unit == unit))
            {
                unit.RunOf(parameter, part, held, KeepsGradients ? 0 : part * unit.PartElements).copy_(valuesOf(segment));
            }

            using var gathered = KeepsGradients ? null : GatherToFirst(unit, held);
            if ((KeepsGradients ? held : gathered) is { } whole)
            {
                copies.AddRange(unit.ByParameter(whole).Select(entry => (entry.Name, entry.Values.to(torch.CPU, entry.Values.dtype, copy: true).DetachFromDisposeScope())));
            }
        }

        return isFirst ? copies : null;
    }

    /// <inheritdoc/>
    public Tensor Enter(Module block, Tensor input)
    {
        var index = _order.IndexOf(block);
        EnterForward(index);
        return torch.is_grad_enabled() ? new BlockBorder(() => LeaveBackward(index)).apply(input)[0] : input;
    }

    /// <inheritdoc/>
    public Tensor Leave(Module block, Tensor output)
    {
        var index = _order.IndexOf(block);
        LeaveForward(index, torch.is_grad_enabled());
        return torch.is_grad_enabled() ? new BlockBorder(() => EnterBackward(index)).apply(output)[0] : output;
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _segments.ForEach(entry => entry.Segment.Values.Dispose());
        foreach (var unit in _units)
        {
            unit.Dispose();
        }
    }

    private void EnterForward(int block)
    {
        Require(_units[block]);
        FetchBlock(block + 1);
    }

    // Backward begins with the last block, so that one stays.
    private void LeaveForward(int block, bool isRunBack)
    {
        if (IsFull && !_keepsWhole && !(isRunBack && block == _order.Blocks - 1))
        {
            _units[block].FreeWhole();
        }
    }

    private void EnterBackward(int block)
    {
        Require(_units[block]);
        FetchBlock(block - 1);
        if (_isLastPass && block == _order.LastOfTrunk)
        {
            ReduceUntil(_order.PlaceOf(block));
        }
    }

    private void LeaveBackward(int block)
    {
        if (_isLastPass)
        {
            ReduceUntil(_order.PlaceOf(block) + 1);
        }
        else if (IsFull)
        {
            _sums.Begin(_units[block]);
        }

        if (IsFull && !_keepsWhole)
        {
            _units[block].FreeWhole();
        }
    }

    private void BindGradients(ParameterUnit unit, IReadOnlyList<bool> isPresent)
    {
        using var scope = torch.NewDisposeScope();
        var first = _units.TakeWhile(other => other != unit).Sum(other => other.HasGradient.Length);
        foreach (var (_, parameter, part, segment) in _segments.Where(entry => entry.Unit == unit && isPresent[first + entry.Parameter]))
        {
            var (memory, offset) = KeepsGradients ? (unit.Gradients!, 0) : (unit.PartGradients!, part * unit.PartElements);
            segment.Values.grad = unit.RunOf(parameter, part, memory, offset);
        }
    }

    private void EndUpdate(ParameterUnit unit)
    {
        foreach (var (_, _, _, segment) in _segments.Where(entry => entry.Unit == unit))
        {
            segment.Values.grad = null;
        }

        unit.DropGradients();
        unit.MarkWritten();
        if (_sharding == Sharding.Optimizer)
        {
            BeginGathering(unit);
        }
    }

    private void FetchBlock(int block)
    {
        if (block >= 0 && block < _order.Blocks)
        {
            Fetch(_units[block]);
        }
    }

    private void Fetch(ParameterUnit unit)
    {
        if (!unit.IsWhole && unit.Gathering is null)
        {
            BeginGathering(unit);
        }
    }

    private void BeginGathering(ParameterUnit unit)
    {
        if (IsOverlapped)
        {
            unit.BeginGathering(_group);
            return;
        }

        _group.barrier().wait();
        unit.BeginGathering(_group);
        Require(unit);
    }

    private void Require(ParameterUnit unit)
    {
        Fetch(unit);
        if (unit.Gathering is { } gathering)
        {
            _clock.Wait(gathering);
            unit.EndGathering();
        }
    }

    private void ReduceUntil(int end)
    {
        for (; _begun < end; _begun++)
        {
            _sums.Begin(_units[_order.Backward[_begun]]);
        }
    }

    private void FreeAll()
    {
        foreach (var unit in _units.Where(unit => IsFull && unit.IsWhole))
        {
            unit.FreeWhole();
        }
    }

    // All parts on the first rank; null on the others.
    private Tensor? GatherToFirst(ParameterUnit unit, Tensor part)
    {
        if (_group.rank > 0)
        {
            _group.isend(part, dst: 0).wait();
            return null;
        }

        var whole = unit.NewMemory(unit.Elements);
        unit.PartOf(whole, 0).copy_(part);
        _group.batch_isend_irecv([.. Enumerable.Range(1, _group.size - 1).Select(rank => PeerOperation.Receive(unit.PartOf(whole, rank), rank))]).wait();
        return whole;
    }

    private static long PartBytes(ParameterUnit unit) => unit.PartElements * unit.Part.dtype.ElementSize();

    private sealed class WholeRegion(ShardedParameters owner) : IDisposable
    {
        public void Dispose()
        {
            owner._keepsWhole = false;
            owner.FreeAll();
        }
    }
}
