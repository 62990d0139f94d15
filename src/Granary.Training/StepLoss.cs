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

    /// <summary>The mean loss of each name without its coefficient, where there is more than the main one: that one alone is what other objectives are compared by.</summary>
    public IEnumerable<(string Name, double Loss)> ByName =>
        _law.Denominators.Keys.Any(name => name != HeadCall.Main)
            ? _sums.Select(entry => (entry.Key, _law.Denominators[entry.Key] > 0 ? entry.Value / _law.Denominators[entry.Key] : 0))
            : [];

    /// <summary>Adds the loss of a target, as it is summed and as it is scaled.</summary>
    public void Add(ObjectiveTarget target, double scaled)
    {
        var scale = _law.ScaleOf(target);
        Total += scaled;
        _sums[target.Name] = _sums.GetValueOrDefault(target.Name) + (scale > 0 ? scaled / scale : 0);
    }
}
