using Granary.Models.Language;
using Granary.Training.Objectives;

namespace Granary.Training;

/// <summary>A step's loss: the sum over targets of coefficient * mean loss.</summary>
internal sealed class StepLoss
{
    private readonly LossLaw _law;
    private readonly Dictionary<string, double> _sums = [];

    public StepLoss(LossLaw law)
    {
        _law = law;
    }

    /// <summary>What is minimised.</summary>
    public double Total { get; private set; }

    /// <summary>What a run is compared by: the main head's mean loss, whatever else is learned beside it; without one, the total.</summary>
    public double Main => _law.Denominators.Count > 1 && _sums.ContainsKey(HeadCall.Main) ? MeanOf(HeadCall.Main) : Total;

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
        Total += scaled;
        _sums[target.Name] = _sums.GetValueOrDefault(target.Name) + (scale > 0 ? scaled / scale : 0);
    }

    /// <summary>The total, and the sum of each target in the order of the law.</summary>
    public double[] ToSums()
    {
        return [Total, .. _law.Denominators.Keys.Select(name => _sums.GetValueOrDefault(name))];
    }

    /// <summary>The loss of several ranks' sums, added in their order.</summary>
    public static StepLoss Of(LossLaw law, IReadOnlyList<double[]> sums)
    {
        var loss = new StepLoss(law) { Total = sums.Sum(rank => rank[0]) };
        foreach (var (index, (name, denominator)) in law.Denominators.Index())
        {
            if (denominator > 0)
            {
                loss._sums[name] = sums.Sum(rank => rank[index + 1]);
            }
        }

        return loss;
    }

    private double MeanOf(string name)
    {
        return _law.Denominators[name] > 0 ? _sums.GetValueOrDefault(name) / _law.Denominators[name] : 0;
    }
}
