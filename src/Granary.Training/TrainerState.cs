using System.Globalization;

namespace Granary.Training;

/// <summary>Where a run stands, apart from weights and optimizer: small, and the same on every rank.</summary>
public sealed class TrainerState
{
    private readonly List<long> _skippedSteps = [];

    /// <summary>Steps done, skipped ones included: the next step to take.</summary>
    public long Step { get; private set; }

    /// <summary>Updates taken.</summary>
    public long Updates { get; private set; }

    /// <summary>Target tokens trained on.</summary>
    public long Tokens { get; private set; }

    /// <summary>Steps whose update was left out because a loss or gradient was not finite.</summary>
    public IReadOnlyList<long> SkippedSteps => _skippedSteps;

    /// <summary>Counts a step with an update.</summary>
    public void CountUpdate(long tokens)
    {
        Step++;
        Updates++;
        Tokens += tokens;
    }

    /// <summary>Counts a step without one.</summary>
    public void CountSkip()
    {
        _skippedSteps.Add(Step);
        Step++;
    }

    /// <summary>The state as a checkpoint's facts.</summary>
    public Dictionary<string, string> ToFacts()
    {
        return new Dictionary<string, string>
        {
            ["step"] = Step.ToString(CultureInfo.InvariantCulture),
            ["updates"] = Updates.ToString(CultureInfo.InvariantCulture),
            ["tokens"] = Tokens.ToString(CultureInfo.InvariantCulture),
            ["skipped_steps"] = string.Join(',', _skippedSteps),
        };
    }

    /// <summary>The state out of a checkpoint's facts.</summary>
    /// <exception cref="KeyNotFoundException">A fact is missing.</exception>
    public static TrainerState FromFacts(IReadOnlyDictionary<string, string> facts)
    {
        var state = new TrainerState
        {
            Step = long.Parse(facts["step"], CultureInfo.InvariantCulture),
            Updates = long.Parse(facts["updates"], CultureInfo.InvariantCulture),
            Tokens = long.Parse(facts["tokens"], CultureInfo.InvariantCulture),
        };
        state._skippedSteps.AddRange(
            facts["skipped_steps"].Split(',', StringSplitOptions.RemoveEmptyEntries).Select(step => long.Parse(step, CultureInfo.InvariantCulture)));
        return state;
    }
}
