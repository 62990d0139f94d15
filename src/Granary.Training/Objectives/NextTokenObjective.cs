using Granary.Core.Randomness;
using Granary.Data.Batching;

namespace Granary.Training.Objectives;

/// <summary>Ordinary language modelling: causal, every target with weight 1.</summary>
internal sealed class NextTokenObjective : IObjective
{
    public string Name => NextTokenConfig.Name;

    public ObjectivePlan Prepare(BatchSlice rows, RandomKey key)
    {
        var view = new ObjectiveView
        {
            Rows = rows.Rows,
            Length = rows.Length,
            Inputs = rows.Tokens,
            Mask = MaskLaw.Causal.Within(rows),
            Positions = rows.Positions,
            Targets = [AheadTargets.Of(rows, distance: 1)],
        };
        return new ObjectivePlan([view]);
    }
}
