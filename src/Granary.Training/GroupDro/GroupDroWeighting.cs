using Granary.Data.Batching;
using Granary.Training.Objectives;

namespace Granary.Training.GroupDro;

/// <summary>Weighs each row by its domain's weight over that domain's share of the rows.</summary>
/// <remarks>
/// A step: (1) the losses of proxy and reference, token by token and without gradients, over all of its rows: one forward pass
/// of each; (2) a domain's score is the mean over its tokens of what the proxy's loss exceeds the reference's by, 0 where it
/// does not; (3) the weights move. They are settled before any gradient is taken, so portions of a step do not change what
/// it comes to. The price is a third of the proxy's own step, and a forward pass of the reference.
/// </remarks>
internal sealed class GroupDroWeighting : IRowWeighting
{
    private readonly GroupDroConfig _config;
    private readonly GroupDroParts _parts;
    private IReadOnlyList<int> _domains = []; // of the rows of the step that was settled last
    private float[] _weights = [];            // by domain, what its tokens count in that step; the largest is 1

    public GroupDroWeighting(GroupDroConfig config, GroupDroParts parts, GroupDroState state)
    {
        _config = config;
        _parts = parts;
        State = state;
    }

    public GroupDroState State { get; }

    public IReadOnlyDictionary<string, string> Facts => State.ToFacts();

    public void Settle(TokenBatch batch)
    {
        _domains = _parts.DomainsAt(batch.Step);
        if (_domains.Count != batch.Rows)
        {
            throw new ArgumentException($"Step {batch.Step} has '{batch.Rows}' rows, but domains are given for {_domains.Count}; they must be those of the same step, in the order of its rows.");
        }

        State.Move(_config, Scores(batch));
        var ratios = State.Weights.Zip(_parts.SamplingWeights, (weight, share) => share > 0 ? weight / share : 0).ToList();

        // Only ratios count, and equal ones become 1 exactly, so that alike means unweighed to the last bit.
        _weights = [.. ratios.Select(ratio => (float)(ratio / ratios.Max()))];
    }

    public ObjectivePlan Weigh(ObjectivePlan plan, BatchSlice rows)
    {
        return _weights.All(weight => weight == 1) ? plan : new ObjectivePlan([.. plan.Views.Select(view => view with { Targets = [.. view.Targets.Select(target => Weigh(target, rows))] })]);
    }

    private ObjectiveTarget Weigh(ObjectiveTarget target, BatchSlice rows)
    {
        var (weights, denominator) = (new float[target.Labels.Length], 0.0);
        var labels = target.Labels.Span;
        for (var place = 0; place < weights.Length; place++)
        {
            weights[place] = _weights[_domains[rows.FirstRow + (place / rows.Length)]];
            denominator += labels[place] == TokenBatch.IgnoredTarget ? 0 : weights[place];
        }

        return target with { Weights = weights, Denominator = denominator };
    }

    private double[] Scores(TokenBatch batch)
    {
        var (sums, counts) = (new double[State.Weights.Count], new long[State.Weights.Count]);
        foreach (var rows in batch.MicroBatches(_parts.Training.TokensPerMicrobatch))
        {
            // The plan of next tokens draws nothing, so any key will do.
            var view = _parts.Trainer.Objective.Prepare(rows, default).Views[0];
            var (proxy, reference) = (TokenLosses.Of(_parts.Trainer.Model, view), TokenLosses.Of(_parts.Reference, view));
            var labels = view.Targets[0].Labels.Span;
            for (var place = 0; place < proxy.Length; place++)
            {
                if (labels[place] != TokenBatch.IgnoredTarget)
                {
                    var domain = _domains[rows.FirstRow + (place / rows.Length)];
                    sums[domain] += Math.Max(0, proxy[place] - (double)reference[place]);
                    counts[domain]++;
                }
            }
        }

        return [.. sums.Zip(counts, (sum, count) => count > 0 ? sum / count : double.NaN)];
    }
}
