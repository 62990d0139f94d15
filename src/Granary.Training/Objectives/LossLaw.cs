namespace Granary.Training.Objectives;

/// <summary>
/// What the losses of a step's plans are multiplied by, so that each target's loss is one mean over the whole step, whatever
/// the step was cut into.
/// </summary>
public sealed class LossLaw
{
    private readonly Dictionary<string, double> _denominators = [];

    /// <summary>The law of all plans of a step, over all ranks.</summary>
    public LossLaw(IEnumerable<ObjectivePlan> plans)
    {
        foreach (var target in plans.SelectMany(plan => plan.Views).SelectMany(view => view.Targets))
        {
            _denominators[target.Name] = _denominators.GetValueOrDefault(target.Name) + target.Denominator;
        }
    }

    internal LossLaw(IEnumerable<(string Name, double Denominator)> shares)
    {
        foreach (var (name, denominator) in shares)
        {
            _denominators[name] = _denominators.GetValueOrDefault(name) + denominator;
        }
    }

    /// <summary>What each target's losses are divided by; a head without targets in the step has 0.</summary>
    public IReadOnlyDictionary<string, double> Denominators => _denominators;

    /// <summary>The factor of a target's summed loss; 0 where the step has no labels for it: that loss is 0, not 0/0.</summary>
    public double ScaleOf(ObjectiveTarget target)
    {
        return _denominators[target.Name] > 0 ? target.Coefficient / _denominators[target.Name] : 0;
    }
}
