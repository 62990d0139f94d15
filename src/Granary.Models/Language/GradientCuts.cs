using Granary.Torch;

namespace Granary.Models.Language;

/// <summary>
/// Cuts a graph where several parts read the same tensor, so that each part can be run back, and its memory freed, before
/// the next is built: every part adds its gradient to the leaf behind the cut, and one walk at the end takes the sums on
/// through what lies in front. The sum of gradients is the joint graph's, added in the order of the parts.
/// </summary>
public sealed class GradientCuts : IDisposable
{
    private readonly List<CutTensor> _cuts = [];

    /// <summary>The tensor without its history; where history is recorded, a leaf that collects gradients. It lives as long as this.</summary>
    public Tensor Cut(Tensor tensor)
    {
        var whole = tensor.DetachFromDisposeScope();
        var leaf = LeafOf(whole.detach(), torch.is_grad_enabled() && whole.requires_grad);
        _cuts.Add(new CutTensor(leaf, () => whole, [whole]));
        return leaf;
    }

    /// <summary>
    /// The same for a tensor whose history is not kept: it is computed without one, and once more, with one, when gradients go
    /// through it. Costs that computation again, and saves what its history holds meanwhile.
    /// </summary>
    /// <param name="compute">Gives the same values every time.</param>
    /// <param name="needed">What it reads of the scopes that end before this; it lives as long as this.</param>
    public Tensor CutRecomputed(Func<Tensor> compute, params IReadOnlyList<Tensor> needed)
    {
        Tensor value;
        using (torch.no_grad())
        {
            value = compute();
        }

        var leaf = LeafOf(value, torch.is_grad_enabled());
        _cuts.Add(new CutTensor(leaf, compute, [.. needed.Select(tensor => tensor.DetachFromDisposeScope())]));
        return leaf;
    }

    /// <summary>Runs the gradients that the leaves collected through what lies in front of the cuts, the last cut first.</summary>
    public void Backward()
    {
        for (var index = _cuts.Count - 1; index >= 0; index--)
        {
            using var scope = torch.NewDisposeScope();
            if (_cuts[index] is { Leaf: { requires_grad: true, grad: { } gradient } } cut)
            {
                cut.Whole().backward(gradient);
            }
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        foreach (var tensor in _cuts.SelectMany(cut => cut.Owned.Append(cut.Leaf)))
        {
            tensor.Dispose();
        }

        _cuts.Clear();
    }

    private static Tensor LeafOf(Tensor value, bool collects)
    {
        var leaf = value.DetachFromDisposeScope();
        return collects ? leaf.requires_grad_() : leaf;
    }

    /// <summary>A leaf, the tensor it stands for with its history, and what must live until gradients have gone through.</summary>
    private sealed record CutTensor(Tensor Leaf, Func<Tensor> Whole, IReadOnlyList<Tensor> Owned);
}
