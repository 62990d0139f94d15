using System.Collections;
using Granary.Torch;
using Granary.Torch.Kernels;

namespace Granary.Training.Optimizers;

/// <summary>The parameters of an AdamW with their running means, which start at zero.</summary>
internal sealed class AdamWSlots : IReadOnlyList<AdamWSlot>, IDisposable
{
    private readonly AdamWSlot[] _slots;

    public AdamWSlots(AdamWConfig config, IEnumerable<OptimizedTensor> tensors)
    {
        _slots = [.. tensors.Select(tensor => new AdamWSlot(
            tensor.Name,
            tensor.Values,
            torch.zeros_like(tensor.Values).DetachFromDisposeScope(),
            torch.zeros_like(tensor.Values).DetachFromDisposeScope(),
            tensor.IsDecayed ? config.WeightDecay : 0))];
    }

    public int Count => _slots.Length;

    /// <summary>What a checkpoint keeps: all means, then all mean squares.</summary>
    public IReadOnlyList<(string Name, Tensor Tensor)> State =>
        [.. _slots.Select(slot => ($"exp_avg.{slot.Name}", slot.Mean)), .. _slots.Select(slot => ($"exp_avg_sq.{slot.Name}", slot.Square))];

    public AdamWSlot this[int index] => _slots[index];

    public IEnumerator<AdamWSlot> GetEnumerator() => ((IEnumerable<AdamWSlot>)_slots).GetEnumerator();

    IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();

    /// <summary>The slots whose parameters have a gradient, in the kernels' form.</summary>
    public List<AdamWParameter> WithGradients()
    {
        var parameters = new List<AdamWParameter>(_slots.Length);
        foreach (var (_, parameter, mean, square, decay) in _slots)
        {
            if (parameter.grad is { } gradient)
            {
                parameters.Add(new AdamWParameter(parameter, gradient, mean, square, decay));
            }
        }

        return parameters;
    }

    public void Dispose()
    {
        foreach (var slot in _slots)
        {
            slot.Mean.Dispose();
            slot.Square.Dispose();
        }
    }
}
