using Granary.Torch.Kernels;

namespace Granary.Torch;

/// <summary>Runs a function without keeping its history; backward runs it once more, with one, when its gradients come.</summary>
/// <remarks>
/// What lives between forward and backward are the inputs, and where that is asked for what attention gave. The function must
/// give the same bits every time: it draws nothing, changes none of its inputs, and reads every tensor from what it is given,
/// because the caller's own may be gone when backward comes. Parameters it finds by itself; their gradients add up in them.
/// </remarks>
public sealed class Recomputation : AutogradFunction
{
    [ThreadStatic]
    private static int _depth;

    private readonly Func<IReadOnlyList<Tensor>, Tensor[]> _compute;
    private readonly bool _keepsAttention;
    private readonly bool _keepsSum;
    private int _kept;

    private Recomputation(Func<IReadOnlyList<Tensor>, Tensor[]> compute, bool keepsAttention, bool keepsSum)
    {
        (_compute, _keepsAttention, _keepsSum) = (compute, keepsAttention, keepsSum);
    }

    /// <summary>Whether this thread runs such a function; without a history it must then take the ways it takes with one.</summary>
    public static bool IsUnderway => _depth > 0;

    /// <summary>What the function makes of the inputs. Where none of them has a history there is nothing to compute again, and it is simply run.</summary>
    /// <param name="compute">Makes new tensors of the inputs, which it is given in the same order every time.</param>
    /// <param name="inputs">All tensors that it reads besides parameters.</param>
    /// <param name="keepsAttention">Whether what attention gave is kept too, so that attention, the dearest by what it leaves, is not computed again.</param>
    /// <param name="readsSum">Whether it reads the first two inputs through their sum alone; in float32 the sum is then kept for both.</param>
    public static Tensor[] Run(Func<IReadOnlyList<Tensor>, Tensor[]> compute, IReadOnlyList<Tensor> inputs, bool keepsAttention, bool readsSum = false)
    {
        ArgumentNullException.ThrowIfNull(compute);
        ArgumentNullException.ThrowIfNull(inputs);

        // In a narrower type the function may read the sum before it is rounded.
        var keepsSum = readsSum && inputs[0].dtype == ScalarType.Float32;
        return torch.is_grad_enabled() && inputs.Any(input => input.requires_grad)
            ? new Recomputation(compute, keepsAttention, keepsSum).apply([.. inputs])
            : compute(inputs);
    }

    /// <inheritdoc/>
    protected override Tensor[] forward(Tensor[] inputs)
    {
        using var recall = _keepsAttention ? AttentionRecall.Keep() : null;
        var outputs = Compute(inputs);
        var kept = _keepsSum ? [inputs[0] + inputs[1], .. inputs[2..]] : inputs;
        _kept = kept.Length;
        save_for_backward([.. kept, .. recall?.Tensors ?? []]);
        return outputs;
    }

    /// <inheritdoc/>
    protected override Tensor?[] backward(Tensor?[] gradients)
    {
        var saved = saved_tensors;
        var leaves = new List<Tensor>();
        for (var index = 0; index < _kept; index++)
        {
            leaves.Add(NeedsGradient(index) ? saved[index].detach().requires_grad_() : saved[index]);
        }

        using (torch.enable_grad())
        {
            using var recall = _keepsAttention ? AttentionRecall.Replay(saved.Skip(_kept)) : null;
            RunBack(Compute(_keepsSum ? WithNothingAdded(leaves) : leaves), gradients);
        }

        var found = leaves.ConvertAll(leaf => leaf.requires_grad ? leaf.grad : null);
        return _keepsSum ? [found[0], .. found] : [.. found];
    }

    // Adding -0 leaves every number as it is; adding 0 would turn -0 into 0.
    private static List<Tensor> WithNothingAdded(List<Tensor> leaves)
    {
        return [leaves[0], torch.zeros_like(leaves[0].detach()).neg(), .. leaves.Skip(1)];
    }

    private static void RunBack(Tensor[] outputs, Tensor?[] gradients)
    {
        var asked = Enumerable.Range(0, outputs.Length).Where(index => gradients[index] is not null).ToList();
        torch.autograd.backward(asked.ConvertAll(index => outputs[index]), asked.ConvertAll(index => gradients[index]));
    }

    // Of what is kept: a sum has the gradient of both its parts.
    private bool NeedsGradient(int kept)
    {
        return _keepsSum ? needs_input_grad(kept + 1) || (kept == 0 && needs_input_grad(0)) : needs_input_grad(kept);
    }

    private Tensor[] Compute(IReadOnlyList<Tensor> inputs)
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
