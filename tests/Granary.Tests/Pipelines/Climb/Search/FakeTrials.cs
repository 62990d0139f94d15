using System.Runtime.CompilerServices;
using Granary.Core.Randomness;

namespace Granary.Pipelines.Climb.Search.Tests;

/// <summary>Makes trials by a formula, in an order that a key decides.</summary>
internal sealed class FakeTrials : ITrialRunner
{
    private readonly Func<Trial, TrialResult> _make;
    private readonly RandomKey _order;
    private int _calls; // one more for each call, so that each has an order of its own

    public FakeTrials(Func<Trial, double> score, long order = 1)
        : this(trial => new TrialResult { Id = trial.Id, Score = score(trial), Failure = double.IsFinite(score(trial)) ? null : "The loss is no number." }, order)
    {
    }

    public FakeTrials(Func<Trial, TrialResult> make, long order)
    {
        _make = make;
        _order = RandomKey.FromSeed(order);
    }

    /// <summary>How often each trial was made.</summary>
    public Dictionary<string, int> Made { get; } = [];

    public async IAsyncEnumerable<TrialResult> RunAsync(IReadOnlyList<Trial> trials, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        var key = _order.Fold(_calls++);
        foreach (var (_, trial) in trials.Index().OrderBy(entry => key.UInt64At(entry.Index)))
        {
            await Task.Yield();
            Made[trial.Id] = Made.GetValueOrDefault(trial.Id) + 1;
            yield return _make(trial);
        }
    }
}
