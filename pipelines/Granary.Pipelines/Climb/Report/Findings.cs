using Granary.Pipelines.Climb.Mixtures;
using Granary.Pipelines.Climb.Search;

namespace Granary.Pipelines.Climb.Report;

/// <summary>What follows from a record, worked out once for all sections.</summary>
internal sealed class Findings
{
    private const int FewestNear = 3;
    private const double SameWeight = 5e-4; // mixtures are rounded when they are drawn

    /// <summary>Looks through a record.</summary>
    public Findings(SearchRecord record)
    {
        Record = record;
        Trials = [.. record.Trials.OrderBy(trial => trial.Trial.Round).ThenBy(trial => trial.Trial.Index)];
        Measured = [.. Trials.Where(trial => double.IsFinite(trial.Result.Score))];
        Failed = [.. Trials.Where(trial => !double.IsFinite(trial.Result.Score))];
        Best = Measured.MinBy(trial => trial.Result.Score);
        Repeats = [.. Measured
            .GroupBy(trial => string.Join(' ', trial.Trial.Weights.Select(weight => Math.Round(weight, 6))))
            .Select(group => new RepeatedMixture([.. group.DistinctBy(trial => trial.Trial.Seed)], NameOf(group.First().Trial.Weights)))
            .Where(repeated => repeated.Count > 1)];
        Uniform = MeanOf([.. Enumerable.Repeat(1.0 / Space.Count, Space.Count)]);
        Natural = MeanOf(Space.Prior);
    }

    /// <summary>What is reported on.</summary>
    public SearchRecord Record { get; }

    /// <summary>What is mixed.</summary>
    public MixtureSpace Space => Record.Space;

    /// <summary>All trials, by round and index.</summary>
    public IReadOnlyList<FinishedTrial> Trials { get; }

    /// <summary>Those with a score.</summary>
    public IReadOnlyList<FinishedTrial> Measured { get; }

    /// <summary>Those without.</summary>
    public IReadOnlyList<FinishedTrial> Failed { get; }

    /// <summary>The best of them; null where none has a score.</summary>
    public FinishedTrial? Best { get; }

    /// <summary>Mixtures that were run with several seeds.</summary>
    public IReadOnlyList<RepeatedMixture> Repeats { get; }

    /// <summary>The mean score of equal weights, with the runs it is of; null where they were not run.</summary>
    public (double Score, int Runs)? Uniform { get; }

    /// <summary>The same of the text's own shares.</summary>
    public (double Score, int Runs)? Natural { get; }

    /// <summary>The standard deviation of a run among those of one mixture, pooled over mixtures; NaN where none was run twice.</summary>
    public double Noise
    {
        get
        {
            var degrees = Repeats.Sum(repeated => repeated.Count - 1);
            return degrees == 0 ? double.NaN : Math.Sqrt(Repeats.Sum(repeated => repeated.Deviation * repeated.Deviation * (repeated.Count - 1)) / degrees);
        }
    }

    /// <summary>The standard deviation of each weight among mixtures that noise cannot tell from the chosen one; empty where fewer than three are known.</summary>
    public IReadOnlyList<double> WeightSpread => Record.Choice is not { } choice ? [] : choice.WeightSpread.Count > 0 ? choice.WeightSpread : SpreadAround(choice);

    /// <summary>The fit that the choice, or the last round, went by; null without a predictor.</summary>
    public PredictorFit? LastFit => FitsBehind().FirstOrDefault();

    /// <summary>The last fits of all predictors, the one that was used first.</summary>
    public IReadOnlyList<PredictorFit> FitsBehind()
    {
        return Record.Choice is { Fits.Count: > 0 } choice ? choice.Fits : Record.Fits.OrderBy(round => round.Key).LastOrDefault(round => round.Value.Count > 0).Value ?? [];
    }

    /// <summary>The runs of a mixture, by its weights.</summary>
    public IReadOnlyList<FinishedTrial> RunsOf(IReadOnlyList<double> weights)
    {
        return [.. Measured.Where(trial => AreSame(trial.Trial.Weights, weights))];
    }

    /// <summary>"round 2, trial 5": trials are counted from 1 for people.</summary>
    public static string PlaceOf(Trial trial) => $"round {trial.Round}, trial {trial.Index + 1}";

    /// <summary>What a mixture is called: "equal shares", "the text's own shares", or its largest parts.</summary>
    public string NameOf(IReadOnlyList<double> weights)
    {
        if (Space.Count > 1 && AreSame(weights, [.. Enumerable.Repeat(1.0 / Space.Count, Space.Count)]))
        {
            return "equal shares";
        }

        return Space.Count > 1 && AreSame(weights, Space.Prior) ? "the text's own shares" : PartsOf(weights);
    }

    /// <summary>"docs 42 %, 'dark ages' 31 %, 3 others 27 %".</summary>
    public string PartsOf(IReadOnlyList<double> weights, int shown = 3)
    {
        var parts = Space.Components.Zip(weights, (component, weight) => (component.Name, Weight: weight)).Where(part => part.Weight > 0).OrderByDescending(part => part.Weight).ToList();
        var rest = parts.Skip(shown).ToList();
        var named = parts.Take(shown).Select(part => $"{Quoted(part.Name)} {Plots.Spoken.Percent(part.Weight)}");
        return string.Join(", ", rest.Count == 0 ? named : named.Append($"{Plots.Spoken.Of(rest.Count, "other")} {Plots.Spoken.Percent(rest.Sum(part => part.Weight))}"));
    }

    /// <summary>The standard deviation of some values.</summary>
    public static double DeviationOf(IReadOnlyList<double> values)
    {
        var mean = values.Average();
        return Math.Sqrt(values.Sum(value => (value - mean) * (value - mean)) / (values.Count - 1));
    }

    private static string Quoted(string name) => name.Contains(' ', StringComparison.Ordinal) ? $"'{name}'" : name;

    private static bool AreSame(IReadOnlyList<double> left, IReadOnlyList<double> right)
    {
        return left.Zip(right, (a, b) => Math.Abs(a - b)).All(difference => difference < SameWeight);
    }

    // Of the mixtures that were measured, those whose score is within two standard errors of the difference.
    private double[] SpreadAround(MixtureChoice choice)
    {
        var error = Noise * Math.Sqrt(1 + (1.0 / Math.Max(1, RunsOf(choice.Weights).Count)));
        var near = Measured.Where(trial => Math.Abs(trial.Result.Score - choice.Measured) <= 2 * error).Select(trial => trial.Trial.Weights).ToList();
        return near.Count < FewestNear ? [] : [.. Enumerable.Range(0, Space.Count).Select(component => DeviationOf([.. near.Select(weights => weights[component])]))];
    }

    private (double Score, int Runs)? MeanOf(IReadOnlyList<double> weights)
    {
        var runs = RunsOf(weights).Where(trial => trial.Trial.Kind == TrialKind.Mixture).ToList();
        return runs.Count == 0 ? null : (runs.Average(trial => trial.Result.Score), runs.Count);
    }
}
