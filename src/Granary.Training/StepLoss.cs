using Granary.Models.Language;
using Granary.Torch;
using Granary.Training.Feeding;
using Granary.Training.Objectives;

namespace Granary.Training;

/// <summary>
/// A step's loss: the sum over targets of coefficient * mean loss. Losses that may still be computed are read, and waited for,
/// when the first number is asked for.
/// </summary>
internal sealed class StepLoss
{
    private readonly LossLaw _law;
    private readonly Dictionary<string, double> _sums = [];
    private readonly List<TargetLoss> _unread = [];
    private double _total;

    public StepLoss(LossLaw law)
    {
        _law = law;
    }

    /// <summary>What is minimised.</summary>
    public double Total
    {
        get
        {
            Read();
            return _total;
        }
    }

    /// <summary>What a run is compared by: the main head's mean loss, whatever else is learned beside it; without one, the total.</summary>
    public double Main
    {
        get
        {
            Read();
            return _law.Denominators.Count > 1 && _sums.ContainsKey(HeadCall.Main) ? MeanOf(HeadCall.Main) : _total;
        }
    }

    /// <summary>The total and each further mean loss without its coefficient; nothing where the main head's is all.</summary>
    public IEnumerable<(string Name, double Loss)> Others()
    {
        var names = _law.Denominators.Keys.Where(name => name != HeadCall.Main).ToList();
        return names.Count == 0 ? [] : names.Select(name => (name, MeanOf(name))).Prepend(("total", Total));
    }

    /// <summary>Adds the loss of a target, as it is summed and as it is scaled.</summary>
    public void Add(ObjectiveTarget target, double scaled)
    {
        var scale = _law.ScaleOf(target);
        _total += scaled;
        _sums[target.Name] = _sums.GetValueOrDefault(target.Name) + (scale > 0 ? scaled / scale : 0);
    }

    /// <summary>Adds losses that may still be computed, and takes their tensors over.</summary>
    public void Add(IEnumerable<TargetLoss> losses)
    {
        _unread.AddRange(losses);
    }

    /// <summary>The total, and the sum of each target in the order of the law.</summary>
    public double[] ToSums()
    {
        Read();
        return [_total, .. _law.Denominators.Keys.Select(name => _sums.GetValueOrDefault(name))];
    }

    /// <summary>The loss of several ranks' sums, added in their order.</summary>
    public static StepLoss Of(LossLaw law, IReadOnlyList<double[]> sums)
    {
        var loss = new StepLoss(law) { _total = sums.Sum(rank => rank[0]) };
        foreach (var (index, (name, denominator)) in law.Denominators.Index())
        {
            if (denominator > 0)
            {
                loss._sums[name] = sums.Sum(rank => rank[index + 1]);
            }
        }

        return loss;
    }

    private void Read()
    {
        if (_unread.Count == 0)
        {
            return;
        }

        // All at once: each reading waits for the device.
        using var scope = torch.NewDisposeScope();
        Tensor[] parts = [.. _unread.SelectMany(loss => loss.Parts)];
        var values = parts.Length == 0 ? [] : torch.stack(parts).to(ScalarType.Float64).to_array<double>();
        var read = 0;
        foreach (var (target, own) in _unread)
        {
            Add(target, values.AsSpan(read, own.Count).ToArray().Sum());
            read += own.Count;
        }

        Array.ForEach(parts, part => part.Dispose());
        _unread.Clear();
    }

    private double MeanOf(string name)
    {
        Read();
        return _law.Denominators[name] > 0 ? _sums.GetValueOrDefault(name) / _law.Denominators[name] : 0;
    }
}
