namespace Granary.Torch;

/// <summary>What is kept beside a parameter: its values in the type that products are computed in, and memory for its gradient.</summary>
internal sealed class ParameterCompanions : IDisposable
{
    private readonly Tensor _parameter;
    private Tensor? _copy;
    private long _copyVersion = -1;

    public ParameterCompanions(Tensor parameter)
    {
        _parameter = parameter;
    }

    /// <summary>Memory of a gradient that was dropped; null where there was none.</summary>
    public Tensor? Spare { get; private set; }

    /// <summary>The copy in another type if there is one, whether it is up to date or not: for whoever writes both.</summary>
    public Tensor? ExistingCopy => _copy;

    /// <summary>The values in bfloat16, made anew where the parameter changed since.</summary>
    public Tensor Copy()
    {
        using var scope = torch.NewDisposeScope();
        using var mode = torch.no_grad();
        var version = _parameter.Version;
        if (_copy is null)
        {
            _copy = _parameter.to(ScalarType.BFloat16).detach().DetachFromDisposeScope();
        }
        else if (version != _copyVersion)
        {
            _copy.copy_(_parameter.detach());
        }

        _copyVersion = version;
        return _copy;
    }

    /// <summary>Brings the copy up to date where there is one.</summary>
    public void Refresh()
    {
        if (_copy is not null)
        {
            Copy();
        }
    }

    /// <summary>Says that the parameter's memory was written through another tensor, which its version does not tell.</summary>
    public void MarkStale() => _copyVersion = -1;

    /// <summary>Gives up the copy, which is made anew when it is next asked for; a graph that saved it holds it until then.</summary>
    public void DropCopy()
    {
        _copy?.Dispose();
        _copy = null;
    }

    /// <summary>Gives up the memory of a dropped gradient.</summary>
    public void DropSpare()
    {
        Spare?.Dispose();
        Spare = null;
    }

    /// <summary>Says that the copy was written together with the parameter.</summary>
    public void MarkFresh() => _copyVersion = _parameter.Version;

    /// <summary>
    /// Where the gradient goes: the one there is, to be added to, or memory whose content is nobody's, which becomes the gradient.
    /// </summary>
    public (Tensor Gradient, bool IsFirst) Claim()
    {
        if (_parameter.grad is { } existing)
        {
            return (existing, false);
        }

        var memory = Spare ?? torch.empty(_parameter.shape, _parameter.dtype, _parameter.device);
        _parameter.grad = memory;
        return (memory, true);
    }

    public void KeepSpare(Tensor gradient)
    {
        if (Spare is { } spare && spare.Handle == gradient.Handle)
        {
            return;
        }

        Spare?.Dispose();
        Spare = gradient.alias().DetachFromDisposeScope();
    }

    public void Dispose()
    {
        DropCopy();
        DropSpare();
    }
}
