using Granary.Core.Randomness;
using Granary.Data.Batching;

namespace Granary.Training.Objectives;

/// <summary>Multi-token prediction: the next-token view with a target for each further distance.</summary>
internal sealed class MultiTokenObjective : IObjective
{
    private readonly NextTokenObjective _next = new();
    private readonly int _tokens;
    private readonly bool _isTold; // module k is told the token k positions on
    private readonly double _weight;

    public MultiTokenObjective(int tokens, bool isTold, double weight)
    {
        _tokens = tokens;
        _isTold = isTold;
        _weight = weight;
    }

    public string Name => MultiTokenConfig.Name;

    public ObjectivePlan Prepare(BatchSlice rows, RandomKey key)
    {
        var view = _next.Prepare(rows, key).Views[0];
        var further = Enumerable.Range(2, _tokens - 1).Select(distance => AheadTargets.Of(rows, distance) with
        {
            Coefficient = _weight,
            Given = _isTold ? AheadTargets.Ids(rows, distance - 1, missing: 0) : default,
        });
        return new ObjectivePlan([view with { Targets = [.. view.Targets, .. further] }]);
    }
}
