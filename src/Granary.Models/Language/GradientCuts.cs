using Granary.Torch;

namespace Granary.Models.Language;

/// <summary>
/// Cuts a graph where several parts read the same tensor, so that each part can be run back, and its memory freed, before
/// the next is built: every part adds its gradient to the leaf behind the cut, and one walk at the end takes the sums on
/// through what lies in front. The sum of gradients is the joint graph's, added in the order of the parts.
/// </summary>
public sealed class GradientCuts : IDisposable
{
    private readonly List<(Tensor Whole, Tensor Leaf)> _cuts = [];

    /// <summary>The tensor without its history; where history is recorded, a leaf that collects gradients. It lives as long as this.</summary>
    public Tensor Cut(Tensor tensor)
    {
        var whole = tensor.DetachFromDisposeScope();
        var leaf = whole.detach().DetachFromDisposeScope();
        if (torch.is_grad_enabled() && whole.requires_grad)
        {
            leaf.requires_grad_();
        }

        _cuts.Add((whole, leaf));
        return leaf;
    }

    /// <summary>Runs the gradients that the leaves collected through what lies in front of the cuts, the last cut first.</summary>
    public void Backward()
    {
        for (var index = _cuts.Count - 1; index >= 0; index--)
        {
            var (whole, leaf) = _cuts[index];
            using var scope = torch.NewDisposeScope();
            if (leaf.requires_grad && leaf.grad is { } gradient)
            {
                whole.backward(gradient);
            }
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        foreach (var (whole, leaf) in _cuts)
        {
            whole.Dispose();
            leaf.Dispose();
        }

        _cuts.Clear();
    }
}
