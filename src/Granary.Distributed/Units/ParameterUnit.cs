using System.Diagnostics;
using Granary.Torch;
using Granary.Torch.Distributed;
using Granary.Torch.Kernels.Mixed;

namespace Granary.Distributed.Units;

/// <summary>
/// Parameters that lie one behind the other in one run of memory, which falls into as many equal parts as there are ranks:
/// rank r owns part r. What is behind the last parameter is padding, whose gradients are zero.
/// </summary>
internal sealed class ParameterUnit : IDisposable
{
    // Parts begin at whole cache lines.
    private const int PartMultiple = 16;

    private readonly (string Name, Tensor Parameter, long[] Shape, long Start)[] _parameters;
    private readonly bool _ownsPart;
    private readonly int _rank;
    private readonly long _used; // elements in front of the padding
    private readonly Tensor _flat;

    // What earlier portions of the step gave, while the sum of this one is on its way.
    private Tensor? _before;

    /// <summary>Moves parameters into a unit; with <paramref name="ownsPart"/> the own part lies apart, and the whole is freed.</summary>
    public ParameterUnit(IReadOnlyList<(string Name, Tensor Parameter)> parameters, ProcessGroup group, bool ownsPart)
    {
        using var mode = torch.no_grad();
        using var scope = torch.NewDisposeScope();
        var first = parameters[0].Parameter;
        _parameters = new (string, Tensor, long[], long)[parameters.Count];
        for (var index = 0; index < parameters.Count; index++)
        {
            var (name, parameter) = parameters[index];
            Debug.Assert(parameter.dtype == first.dtype, "one memory holds one type");
            _parameters[index] = (name, parameter, parameter.shape, _used);
            _used += parameter.numel();
        }

        PartElements = (_used + (PartMultiple * group.size) - 1) / (PartMultiple * group.size) * PartMultiple;
        Ranks = group.size;
        HasGradient = new bool[parameters.Count];
        _ownsPart = ownsPart;
        _rank = group.rank;
        _flat = torch.zeros([Elements], first.dtype, first.device).DetachFromDisposeScope();
        foreach (var (_, parameter, shape, start) in _parameters)
        {
            var place = _flat.narrow(0, start, parameter.numel()).view(shape);
            place.copy_(parameter.detach());
            parameter.set_data(place);
            MixedValues.DropAll(parameter);
        }

        Part = (ownsPart ? PartOf(_flat, _rank).clone() : PartOf(_flat, _rank)).DetachFromDisposeScope();
        IsWhole = true;
    }

    /// <summary>Elements of a rank's part.</summary>
    public long PartElements { get; }

    /// <summary>Elements in all, padding included.</summary>
    public long Elements => PartElements * Ranks;

    /// <summary>The size of all elements' memory.</summary>
    public long Bytes => Elements * _flat.dtype.ElementSize();

    /// <summary>How many parts there are.</summary>
    public int Ranks { get; }

    /// <summary>The own part's values.</summary>
    public Tensor Part { get; }

    /// <summary>Whether all values are here, and those of the last update.</summary>
    public bool IsWhole { get; private set; }

    /// <summary>All parts' values on their way here; null where none are.</summary>
    public Work? Gathering { get; private set; }

    /// <summary>All gradients; null where they are none, or given away.</summary>
    public Tensor? Gradients { get; private set; }

    /// <summary>The own part of the ranks' summed gradients; null where there is none.</summary>
    public Tensor? PartGradients { get; private set; }

    /// <summary>Which parameters this rank had a gradient of in the step.</summary>
    public bool[] HasGradient { get; }

    /// <summary>The runs of elements that lie in a rank's part, in a memory that begins at an element of the unit.</summary>
    public IEnumerable<(int Parameter, string Name, long[] Shape, long Start, Tensor Elements)> RunsIn(int part, Tensor memory, long offset)
    {
        for (var index = 0; index < _parameters.Length; index++)
        {
            var (first, end) = BordersOf(index, part);
            if (first < end)
            {
                yield return (index, _parameters[index].Name, _parameters[index].Shape, first - _parameters[index].Start, memory.narrow(0, first - offset, end - first));
            }
        }
    }

    /// <summary>The run of a parameter in a rank's part.</summary>
    public Tensor RunOf(int parameter, int part, Tensor memory, long offset)
    {
        var (first, end) = BordersOf(parameter, part);
        return memory.narrow(0, first - offset, end - first);
    }

    /// <summary>A memory as large as the unit by parameter.</summary>
    public IEnumerable<(string Name, Tensor Values)> ByParameter(Tensor memory)
    {
        return _parameters.Select(parameter => (parameter.Name, memory.narrow(0, parameter.Start, parameter.Parameter.numel()).view(parameter.Shape)));
    }

    /// <summary>A memory of the unit's size and kind, of arbitrary content.</summary>
    public Tensor NewMemory(long elements) => torch.empty([elements], _flat.dtype, _flat.device).DetachFromDisposeScope();

    /// <summary>A rank's part of a memory that holds all.</summary>
    public Tensor PartOf(Tensor whole, int rank) => whole.narrow(0, rank * PartElements, PartElements);

    /// <summary>The memory that holds all values, or their places.</summary>
    public Tensor Whole => _flat;

    /// <summary>Begins to bring all parts here.</summary>
    public void BeginGathering(ProcessGroup group)
    {
        Debug.Assert(Gathering is null, "a unit comes once at a time");
        using var scope = torch.NewDisposeScope();
        if (_ownsPart)
        {
            _flat.resize_storage_(Bytes);
        }

        IsWhole = false;
        Gathering = group.all_gather_into_tensor(_flat, Part);
    }

    /// <summary>Says that all parts are here.</summary>
    public void EndGathering()
    {
        Gathering = null;
        IsWhole = true;
        MarkWritten();
    }

    /// <summary>Says that the values changed in the unit's memory, which the parameters themselves do not see.</summary>
    public void MarkWritten()
    {
        foreach (var (_, parameter, _, _) in _parameters)
        {
            MixedValues.MarkWritten(parameter);
        }
    }

    /// <summary>Gives up all values but the own part's.</summary>
    public void FreeWhole()
    {
        Debug.Assert(_ownsPart && IsWhole, "only what is held apart may be freed");
        _flat.resize_storage_(0);
        IsWhole = false;
        foreach (var (_, parameter, _, _) in _parameters)
        {
            MixedValues.DropCopy(parameter);
        }
    }

    /// <summary>Takes the parameters' gradients, zeros where there are none, and begins to sum them over the ranks.</summary>
    public Work BeginReduction(ProcessGroup group, bool keepsAll)
    {
        using var mode = torch.no_grad();
        using var scope = torch.NewDisposeScope();
        Gradients = NewMemory(Elements);
        for (var index = 0; index < _parameters.Length; index++)
        {
            var (_, parameter, shape, start) = _parameters[index];
            var place = Gradients.narrow(0, start, parameter.numel()).view(shape);
            if (parameter.grad is not { } gradient)
            {
                place.zero_();
                continue;
            }

            place.copy_(gradient);
            parameter.grad = null;
            gradient.Dispose(); // one after the other, so that a unit's gradients never live twice
            HasGradient[index] = true;
        }

        Gradients.narrow(0, _used, Elements - _used).zero_();
        _before = PartGradients;
        PartGradients = keepsAll ? PartOf(Gradients, _rank).DetachFromDisposeScope() : NewMemory(PartElements);
        return group.reduce_scatter_tensor(PartGradients, Gradients);
    }

    /// <summary>Adds what earlier portions gave; the gradients of all parts go unless they are to be kept.</summary>
    public void EndReduction(bool keepsAll)
    {
        using var mode = torch.no_grad();
        if (_before is not null)
        {
            _before.add_(PartGradients!);
            PartGradients!.Dispose();
            (PartGradients, _before) = (_before, null);
        }

        if (!keepsAll)
        {
            Gradients!.Dispose();
            Gradients = null;
        }
    }

    /// <summary>Drops all gradients.</summary>
    public void DropGradients()
    {
        PartGradients?.Dispose();
        Gradients?.Dispose();
        (PartGradients, Gradients) = (null, null);
        Array.Clear(HasGradient);
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        DropGradients();
        Part.Dispose();
        _flat.Dispose();
    }

    private (long First, long End) BordersOf(int parameter, int part)
    {
        var (_, tensor, _, start) = _parameters[parameter];
        return (Math.Max(part * PartElements, start), Math.Min((part + 1) * PartElements, start + tensor.numel()));
    }
}
