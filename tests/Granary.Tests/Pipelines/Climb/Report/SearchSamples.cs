using Granary.Core.Randomness;
using Granary.Pipelines.Climb.Clustering;
using Granary.Pipelines.Climb.Mixtures;
using Granary.Pipelines.Climb.Search;

namespace Granary.Pipelines.Climb.Report.Tests;

/// <summary>Searches as records, made of formulas.</summary>
internal static class SearchSamples
{
    private static readonly RandomKey Key = RandomKey.FromSeed(5).Use("report");
    private static readonly string[] Names = ["0 class method return", "1 the which although", "2 <b>&\"bold\"</b>", "3 function var const", "4 license warranty", "5 table row cell", "6 2f3a 9c1e", "7 int char void"];
    private static readonly double[] Prior = [0.22, 0.18, 0.05, 0.14, 0.08, 0.11, 0.12, 0.10];
    private static readonly double[] Useful = [1.0, 0.8, 0.3, 0.35, 0.1, 0.2, 0.0, 0.4];

    /// <summary>Eight clusters; anchors, two rounds by a predictor, finalists, two failures.</summary>
    internal static SearchRecord Whole()
    {
        var space = new MixtureSpace([.. Names.Select((name, index) => new MixtureComponent { Name = name, Tokens = (long)(40_000_000 * Prior[index]), Prior = Prior[index] })]);
        var trials = Trials(space);
        var measured = trials.Where(trial => double.IsFinite(trial.Result.Score)).ToList();
        var fits = new Dictionary<int, IReadOnlyList<PredictorFit>>
        {
            [2] = [Fit("gp", measured.Where(trial => trial.Trial.Round < 2), 0.05), Fit("gbt", measured.Where(trial => trial.Trial.Round < 2), 0.2) with { RankCorrelation = 0, Failure = "It says the same of every mixture." }],
            [3] = [Fit("gp", measured.Where(trial => trial.Trial.Round < 3), 0.04)],
        };
        var finalist = trials[^1].Trial.Weights;
        var runs = measured.Where(trial => trial.Trial.Origin == TrialOrigin.Finalist).Select(trial => trial.Result.Score).ToList();
        var choice = new MixtureChoice
        {
            Rule = "verified",
            Weights = finalist,
            Measured = runs.Average(),
            Predicted = runs.Average() - 0.006,
            Spread = 0.003,
            WeightSpread = [.. finalist.Select(weight => 0.25 * weight)],
            Alternates = [new MixtureChoice { Rule = "argmin", Weights = trials[20].Trial.Weights, Predicted = 3.31 }, new MixtureChoice { Rule = "best-observed", Weights = measured.MinBy(trial => trial.Result.Score)!.Trial.Weights, Measured = measured.Min(trial => trial.Result.Score), Predicted = 3.35 }],
            Fits = [Fit("gp", measured, 0.03), Fit("log-linear", measured, 0.06)],
        };
        return new SearchRecord
        {
            Name = "demo",
            Method = "climb",
            Space = space,
            Trials = trials,
            Choice = choice,
            Fits = fits,
            Predicted = measured.Where(trial => trial.Trial.Round > 1).ToDictionary(trial => trial.Trial.Id, trial => trial.Result.Score + (0.05 * (Noise(trial.Trial.Round, trial.Trial.Index) - 0.3))),
            Clusters = [.. space.Components.Select(Card)],
            Retries = [new FailedAttempt(trials[9].Trial.Id, 1, "The process ended with 137: a signal ended it.")],
            Objective = "held-out nats a token of docs",
            TargetTokens = 50_000_000,
            ProxyParameters = 640_000,
            Facts = [new("seed", "7"), new("shards", "b2c4"), new("libtorch", "2.6.0")],
            Configuration = "components: clusters\nsearch:\n  type: climb\n",
            Command = "granary mix configs/climb.yaml",
        };
    }

    /// <summary>The same before the choice.</summary>
    internal static SearchRecord Unfinished() => Whole() with { Choice = null, Trials = [.. Whole().Trials.Take(11)] };

    /// <summary>The same by a method without predictor and without any mixture that was run twice.</summary>
    internal static SearchRecord WithoutPredictor()
    {
        var whole = Whole();
        var drawn = whole.Trials.Where(trial => trial.Trial.Origin == TrialOrigin.Drawn).ToList();
        var best = drawn.Where(trial => double.IsFinite(trial.Result.Score)).MinBy(trial => trial.Result.Score)!;
        return whole with
        {
            Method = "random",
            Trials = drawn,
            Predicted = new Dictionary<string, double>(),
            Fits = new Dictionary<int, IReadOnlyList<PredictorFit>>(),
            Choice = new MixtureChoice { Rule = "best-observed", Weights = best.Trial.Weights, Measured = best.Result.Score },
        };
    }

    /// <summary>The same where every run scores alike, so that nothing differs, seeds least of all.</summary>
    internal static SearchRecord WithoutNoise()
    {
        var whole = Whole();
        return whole with
        {
            Trials = [.. whole.Trials.Select(trial => trial.Result.HasFailed ? trial : trial with { Result = trial.Result with { Score = 0 } })],
            Choice = whole.Choice! with { Measured = 0, Spread = 0 },
        };
    }

    /// <summary>One component, and a trial on it.</summary>
    internal static SearchRecord OfOne()
    {
        var space = new MixtureSpace([new MixtureComponent { Name = "all", Tokens = 1_000, Prior = 1 }]);
        return new SearchRecord { Name = "single", Method = "uniform", Space = space, Trials = [Finished(1, 0, [1.0], TrialOrigin.Anchor, 3.1)], Choice = new MixtureChoice { Rule = "uniform", Weights = [1.0], Measured = 3.1 } };
    }

    /// <summary>No trial that has a score.</summary>
    internal static SearchRecord AllFailed() => Whole() with { Choice = null, Trials = [.. Whole().Trials.Select(trial => trial with { Result = Failure(trial.Trial.Id) })] };

    private static List<FinishedTrial> Trials(MixtureSpace space)
    {
        var trials = new List<FinishedTrial>();
        double[] uniform = [.. Enumerable.Repeat(1.0 / space.Count, space.Count)];
        for (var index = 0; index < 18; index++)
        {
            var isAnchor = index < 6;
            var weights = isAnchor ? (index % 2 == 0 ? uniform : [.. space.Prior]) : Draw(index, sharpness: 3);
            trials.Add(Finished(1, index, weights, isAnchor ? TrialOrigin.Anchor : TrialOrigin.Drawn, index == 13 ? double.NaN : ScoreOf(weights, index)));
        }

        for (var round = 2; round <= 3; round++)
        {
            for (var index = 0; index < 8; index++)
            {
                var weights = Draw((100 * round) + index, sharpness: 3.0 + (2 * round), Useful);
                trials.Add(Finished(round, index, weights, index < 5 ? TrialOrigin.Predicted : TrialOrigin.Local, round == 2 && index == 3 ? double.NaN : ScoreOf(weights, (round * 50) + index)));
            }
        }

        var best = trials.Where(trial => double.IsFinite(trial.Result.Score)).MinBy(trial => trial.Result.Score)!.Trial.Weights;
        double[] finalist = [.. best.Zip(Useful, (weight, useful) => (0.8 * weight) + (0.2 * useful / Useful.Sum()))];
        return [.. trials, .. Enumerable.Range(0, 3).Select(index => Finished(4, index, finalist, TrialOrigin.Finalist, ScoreOf(finalist, 300 + index)))];
    }

    private static FinishedTrial Finished(int round, int index, IReadOnlyList<double> weights, TrialOrigin origin, double score)
    {
        var id = $"{round:x2}{index:x2}a7";
        var trial = new Trial { Id = id, Round = round, Index = index, Weights = weights, Origin = origin, Seed = origin == TrialOrigin.Drawn ? 7 : 7 + index };
        return new FinishedTrial(trial, double.IsFinite(score) ? new TrialResult { Id = id, Score = score, Tokens = 1_048_576, Seconds = 21 + index } : Failure(id));
    }

    private static TrialResult Failure(string id) => new() { Id = id, Score = double.NaN, Failure = "The loss is 'NaN' & the run <stopped> at step 31.", Tokens = 126_976, Seconds = 4 };

    private static double[] Draw(int index, double sharpness, double[]? around = null)
    {
        var raw = Names.Select((_, component) => Math.Exp(sharpness * ((around?[component] ?? 0) + (Noise(index, component) * (around is null ? 1 : 0.5))))).ToList();
        return [.. raw.Select(value => value / raw.Sum())];
    }

    private static double ScoreOf(IReadOnlyList<double> weights, int index)
    {
        return 3.9 - (0.62 * weights.Zip(Useful, (weight, useful) => useful * Math.Pow(weight, 0.7)).Sum()) + (0.006 * (Noise(index, 77) - 0.5));
    }

    private static double Noise(int index, int place) => Key.Fold(index).DoubleAt(place);

    private static PredictorFit Fit(string name, IEnumerable<FinishedTrial> trials, double error)
    {
        var seen = trials.ToList();
        return new PredictorFit
        {
            Predictor = name,
            Trials = seen.Count,
            RankCorrelation = 1 - (4 * error),
            RankCorrelationOfBest = 1 - (11 * error),
            Rmse = error / 3,
            OutOfFold = [.. seen.Select(trial => trial.Result.Score + (error * (Noise(trial.Trial.Index + trial.Trial.Round, 5) - 0.5)))],
            TrialIds = [.. seen.Select(trial => trial.Trial.Id)],
        };
    }

    private static ClusterCard Card(MixtureComponent component, int number)
    {
        return new ClusterCard
        {
            Number = number,
            Name = component.Name,
            Documents = component.Tokens / 900,
            Bytes = component.Tokens * 4,
            TypicalWords = [.. component.Name.Split(' ').Skip(1), "words", "of", "it"],
            Samples = [$"Document <script>alert({number})</script> \u0001 of the cluster.\nSecond line & more.", new string('x', 700)],
            Sources = new Dictionary<string, long> { ["docs"] = 10 + number, ["code"] = 30 },
            Lengths = [0, 0, 0, 0, 0, 0, 2, 7, 12, 31, 44, 60 - (5 * number), 22, 9, 1],
            Quality = new Dictionary<string, double> { ["prose"] = 0.1 * number },
            MergedFrom = number + 1,
        };
    }
}
