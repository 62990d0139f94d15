using Granary.Torch.Kernels;

namespace Granary.Torch;

/// <summary>Runs a function without keeping its history; backward runs it once more, with one, when its gradient comes.</summary>
/// <remarks>
/// What lives between forward and backward are the inputs, and with <c>keepsAttention</c> what attention gave. The function must
/// give the same bits every time: it draws nothing, changes none of its inputs, and reads every tensor from what it is given,
/// because the caller's own may be gone when backward comes. Parameters it finds by itself; their gradients add up in them.
/// </remarks>
public sealed class Recomputation : AutogradFunction
{
    [ThreadStatic]
    private static int _depth;

    private readonly Func<IReadOnlyList<Tensor>, Tensor> _compute;
    private readonly bool _keepsAttention;
    private int _inputs;

    private Recomputation(Func<IReadOnlyList<Tensor>, Tensor> compute, bool keepsAttention)
    {
        _compute = compute;
        _keepsAttention = keepsAttention;
    }

    /// <summary>Whether this thread runs such a function; without a history it must then take the ways it takes with one.</summary>
    public static bool IsUnderway => _depth > 0;

    /// <summary>What the function makes of the inputs. Where none of them has a history there is nothing to compute again, and it is simply run.</summary>
    /// <param name="compute">Makes one tensor of the inputs, which it is given in the same order every time.</param>
    /// <param name="inputs">All tensors that it reads besides parameters.</param>
    /// <param name="keepsAttention">Whether what attention gave is kept too, so that attention, the dearest by what it leaves, is not computed again.</param>
    public static Tensor Run(Func<IReadOnlyList<Tensor>, Tensor> compute, IReadOnlyList<Tensor> inputs, bool keepsAttention)
    {
        ArgumentNullException.ThrowIfNull(compute);
        ArgumentNullException.ThrowIfNull(inputs);
        return torch.is_grad_enabled() && inputs.Any(input => input.requires_grad)
            ? new Recomputation(compute, keepsAttention).apply([.. inputs])[0]
            : compute(inputs);
    }

    /// <inheritdoc/>
    protected override Tensor[] forward(Tensor[] inputs)
    {
        _inputs = inputs.Length;
        using var kept = _keepsAttention ? AttentionRecall.Keep() : null;
        var output = Compute(inputs);
        save_for_backward([.. inputs, .. kept?.Tensors ?? []]);
        return [output];
    }

    /// <inheritdoc/>
    protected override Tensor?[] backward(Tensor?[] gradients)
    {
        var saved = saved_tensors;
        var leaves = new Tensor[_inputs];
        for (var index = 0; index < _inputs; index++)
        {
            leaves[index] = needs_input_grad(index) ? saved[index].detach().requires_grad_() : saved[index];
        }

        using (torch.enable_grad())
        {
            using var kept = _keepsAttention ? AttentionRecall.Replay(saved.Skip(_inputs)) : null;
            using var output = Compute(leaves);
            output.backward(gradients[0]);
        }

        return [.. leaves.Select((leaf, index) => needs_input_grad(index) ? leaf.grad : null)];
    }

    private Tensor Compute(IReadOnlyList<Tensor> inputs)
    {
        _depth++;
        try
        {
            return _compute(inputs);
        }
        finally
        {
            _depth--;
        }
    }
}
