using System.Collections.ObjectModel;
using Granary.Checkpoints.Sharded;
using Granary.Training.Objectives;

namespace Granary.Training.Parallel;

/// <summary>A rank that has nobody to agree with.</summary>
internal sealed class OneRank : IStepRanks
{
    private readonly TrainerParts _parts;

    public OneRank(TrainerParts parts)
    {
        _parts = parts;
    }

    public bool IsFirst => true;

    public IReadOnlyDictionary<string, double> Numbers => ReadOnlyDictionary<string, double>.Empty;

    public StepPlan Agree(IReadOnlyList<ObjectivePlan> plans, long tokens)
    {
        return new StepPlan(new LossLaw(plans), tokens, plans.Sum(plan => plan.Views.Count));
    }

    public void Run(StepPlan plan, IEnumerable<ObjectiveView> views, Action<ObjectiveView> run)
    {
        _parts.Model.ClearGradients();
        foreach (var view in views)
        {
            run(view);
        }
    }

    public StepOutcome Sum(StepPlan plan, StepLoss losses, bool stops, bool saves) => new(losses, _parts.Optimizer.GradientNorm());

    public void Update(long update, double learningRate, double gradientScale) => _parts.Optimizer.Step(update, learningRate, gradientScale);

    public void Skip()
    {
    }

    public string Join(string words) => words;

    public bool AsFirst(bool says) => says;

    public IDisposable? WholeModel() => null;

    public void Finish()
    {
    }

    public CheckpointSnapshot Snapshot(long step, IReadOnlyDictionary<string, string> facts)
    {
        return CheckpointSnapshot.Take(step, _parts.Model.named_parameters(), _parts.Optimizer.State, facts, _parts.Files);
    }
}
