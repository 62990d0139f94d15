using System.Diagnostics;
using Granary.Torch.Native;

namespace Granary.Torch;

/// <summary>
/// A differentiable function whose forward and backward are managed code. One instance is one application: what is no
/// tensor is kept in fields, tensors with <see cref="save_for_backward"/>.
/// </summary>
public abstract unsafe class AutogradFunction
{
    private Tensor[] _saved = [];
    private long[] _versions = [];
    private bool[] _needsGradient = [];
    private Tensor? _dirty;
    private bool _isReleased;
    private bool _isApplied;

    /// <summary>The tensors given to <see cref="save_for_backward"/>, for use in <see cref="backward"/>.</summary>
    /// <exception cref="InvalidOperationException">They were freed, or one was changed in place since.</exception>
    protected IReadOnlyList<Tensor> saved_tensors
    {
        get
        {
            if (_isReleased)
            {
                throw new InvalidOperationException($"The tensors that '{GetType().Name}' saved are freed; call backward with retain_graph to go through a graph twice.");
            }

            for (var index = 0; index < _saved.Length; index++)
            {
                if (_saved[index].Version != _versions[index])
                {
                    throw new InvalidOperationException($"Tensor {index} that '{GetType().Name}' saved was changed in place before backward; change a clone instead.");
                }
            }

            return _saved;
        }
    }

    /// <summary>Runs <see cref="forward"/> without history and makes its outputs differentiable.</summary>
    /// <exception cref="InvalidOperationException">The instance was applied before, or an output is an input.</exception>
    public Tensor[] apply(params Tensor[] inputs)
    {
        if (_isApplied)
        {
            throw new InvalidOperationException($"This instance of '{GetType().Name}' was applied before, and what it saved belongs to that; create an instance for each application.");
        }

        _isApplied = true;
        _needsGradient = Array.ConvertAll(inputs, input => input.requires_grad);
        var records = torch.is_grad_enabled() && Array.IndexOf(_needsGradient, true) >= 0;
        var isAttached = false;
        try
        {
            var outputs = RunForward(inputs);
            if (records)
            {
                Attach(inputs, outputs);
                isAttached = true;
            }

            CountChange();
            return outputs;
        }
        finally
        {
            if (!isAttached)
            {
                ReleaseSaved();
            }
        }
    }

    /// <summary>Computes the outputs; none of them may be an input.</summary>
    protected abstract Tensor[] forward(Tensor[] inputs);

    /// <summary>The gradients of the inputs from those of the outputs (null where an output is unused); null for none.</summary>
    protected abstract Tensor?[] backward(Tensor?[] gradients);

    /// <summary>Keeps tensors for <see cref="backward"/>; they share memory and hold no history.</summary>
    protected void save_for_backward(params ReadOnlySpan<Tensor> tensors)
    {
        ReleaseSaved();
        _isReleased = false;
        _saved = new Tensor[tensors.Length];
        _versions = new long[tensors.Length];
        for (var index = 0; index < tensors.Length; index++)
        {
            // Detached: an output that were saved with its history would keep its own node alive for ever.
            _saved[index] = tensors[index].DetachUnkept();
            _versions[index] = _saved[index].Version;
        }
    }

    /// <summary>
    /// Says that forward changed an input in its own memory. It is counted when the history stands: a view whose memory changed
    /// before would have its own history taken for outdated and replaced by one that copies its whole gradient.
    /// </summary>
    protected void mark_dirty(Tensor input) => _dirty = input;

    /// <summary>Whether backward has to compute the gradient of an input.</summary>
    protected bool needs_input_grad(int input)
    {
        return _needsGradient[input];
    }

    /// <summary>Whether nobody else sees a gradient that <see cref="backward"/> was given, so that its memory may become a result.</summary>
    protected static bool may_overwrite(Tensor gradient)
    {
        // At most the engine's reference and ours. A view that repeats elements is not contiguous.
        var (toTensor, toMemory) = gradient.References();
        return gradient.is_contiguous() && toTensor <= 2 && toMemory == 1;
    }

    internal void RunBackward(ReadOnlySpan<nint> gradients, Span<nint> results)
    {
        if (torch.is_grad_enabled())
        {
            // The engine records in backward only for create_graph; what managed code computes would be a constant to it.
            throw new InvalidOperationException($"'{GetType().Name}' has no second derivative; call backward without create_graph.");
        }

        using var scope = torch.NewDisposeScope();
        var given = new Tensor?[gradients.Length];
        for (var index = 0; index < gradients.Length; index++)
        {
            if (gradients[index] != 0)
            {
                nint alias;
                NativeStatus.Check(NativeMethods.gn_tensor_alias(gradients[index], &alias));
                given[index] = new Tensor(alias);
            }
        }

        var found = backward(given);
        if (found.Length != results.Length)
        {
            throw new InvalidOperationException($"'{GetType().Name}' returned {found.Length} gradients for {results.Length} inputs; return null for those that have none.");
        }

        for (var index = 0; index < found.Length; index++)
        {
            if (found[index] is { } gradient)
            {
                nint alias;
                NativeStatus.Check(NativeMethods.gn_tensor_alias(gradient.Handle, &alias));
                results[index] = alias;
            }
        }
    }

    internal void ReleaseSaved()
    {
        foreach (var tensor in _saved)
        {
            tensor.Dispose();
        }

        _isReleased = _saved.Length > 0 || _isReleased;
        _saved = [];
    }

    private Tensor[] RunForward(Tensor[] inputs)
    {
        using var scope = torch.NewDisposeScope();
        using var mode = torch.no_grad();
        var outputs = forward(inputs);
        foreach (var output in outputs)
        {
            if (Array.IndexOf(inputs, output) >= 0)
            {
                throw new InvalidOperationException($"'{GetType().Name}' returned one of its inputs; return a clone.");
            }

            scope.MoveOut(output);
        }

        return outputs;
    }

    // What was saved shares the memory that changed, and holds what it was changed to.
    private void CountChange()
    {
        if (_dirty is null)
        {
            return;
        }

        _dirty.BumpVersion();
        _dirty = null;
        for (var index = 0; index < _saved.Length; index++)
        {
            _versions[index] = _saved[index].Version;
        }
    }

    private void Attach(Tensor[] inputs, Tensor[] outputs)
    {
        Debug.Assert(outputs.Length > 0, "a function has at least one output");
        var handles = stackalloc nint[inputs.Length + outputs.Length];
        for (var index = 0; index < inputs.Length; index++)
        {
            handles[index] = inputs[index].Handle;
        }

        for (var index = 0; index < outputs.Length; index++)
        {
            handles[inputs.Length + index] = outputs[index].Handle;
        }

        // Last, because from here on only the native side frees what keeps this object alive.
        var table = AutogradCallbacks.TableFor(this);
        NativeStatus.Check(NativeMethods.gn_autograd_attach(
            &table, GetType().Name, handles, inputs.Length, handles + inputs.Length, outputs.Length));
        GC.KeepAlive(inputs);
        GC.KeepAlive(outputs);
    }
}
