using System.Globalization;

namespace Granary.Training.GroupDro;

/// <summary>The weights of domains and what they have been; small, and saved with the model.</summary>
internal sealed class GroupDroState
{
    private const string StepsFact = "group_dro.steps";
    private const string WeightsFact = "group_dro.weights";
    private const string ScoresFact = "group_dro.scores";
    private const string SumsFact = "group_dro.sums";

    private readonly double[] _weights;
    private readonly double[] _scores; // each domain's last excess loss
    private readonly double[] _sums;   // of the weights of all steps
    private long _steps;

    /// <summary>All domains alike, and nothing known of their losses.</summary>
    public GroupDroState(int domains)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(domains);
        _weights = [.. Enumerable.Repeat(1.0 / domains, domains)];
        _scores = new double[domains];
        _sums = new double[domains];
    }

    private GroupDroState(double[] weights, double[] scores, double[] sums, long steps)
    {
        (_weights, _scores, _sums, _steps) = (weights, scores, sums, steps);
    }

    /// <summary>The weights after the last step; sum to 1.</summary>
    public IReadOnlyList<double> Weights => _weights;

    /// <summary>The average of the weights over all steps; before the first, the weights.</summary>
    public double[] Average()
    {
        return _steps == 0 ? [.. _weights] : Normalised(_sums);
    }

    /// <summary>Takes a step: log w += eta * score, normalised, then the share that all have alike.</summary>
    /// <param name="config">The step's size, and the share.</param>
    /// <param name="scores">Each domain's mean excess loss; NaN where the step has no token of it, which keeps its last one.</param>
    public void Move(GroupDroConfig config, IReadOnlyList<double> scores)
    {
        var largest = double.NegativeInfinity;
        var logarithms = new double[_weights.Length];
        for (var domain = 0; domain < _weights.Length; domain++)
        {
            _scores[domain] = double.IsFinite(scores[domain]) ? scores[domain] : _scores[domain];
            logarithms[domain] = Math.Log(_weights[domain]) + (config.Eta * _scores[domain]);
            largest = Math.Max(largest, logarithms[domain]);
        }

        var moved = Normalised([.. logarithms.Select(logarithm => Math.Exp(logarithm - largest))]);
        for (var domain = 0; domain < moved.Length; domain++)
        {
            _weights[domain] = ((1 - config.Smoothing) * moved[domain]) + (config.Smoothing / moved.Length);
            _sums[domain] += _weights[domain];
        }

        _steps++;
    }

    /// <summary>The state as a checkpoint's facts.</summary>
    public Dictionary<string, string> ToFacts()
    {
        return new Dictionary<string, string>
        {
            [StepsFact] = _steps.ToString(CultureInfo.InvariantCulture),
            [WeightsFact] = Join(_weights),
            [ScoresFact] = Join(_scores),
            [SumsFact] = Join(_sums),
        };
    }

    /// <summary>The state out of a checkpoint's facts.</summary>
    /// <exception cref="KeyNotFoundException">A fact is missing.</exception>
    public static GroupDroState FromFacts(IReadOnlyDictionary<string, string> facts)
    {
        return new GroupDroState(Split(facts[WeightsFact]), Split(facts[ScoresFact]), Split(facts[SumsFact]), long.Parse(facts[StepsFact], CultureInfo.InvariantCulture));
    }

    private static double[] Normalised(double[] values)
    {
        var sum = values.Sum();
        return [.. values.Select(value => value / sum)];
    }

    // "R" keeps every bit.
    private static string Join(double[] values) => string.Join(',', values.Select(value => value.ToString("R", CultureInfo.InvariantCulture)));

    private static double[] Split(string values) => [.. values.Split(',').Select(value => double.Parse(value, CultureInfo.InvariantCulture))];
}
