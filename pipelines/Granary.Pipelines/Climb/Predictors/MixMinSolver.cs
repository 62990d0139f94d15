namespace Granary.Pipelines.Climb.Predictors;

/// <summary>
/// The weights whose mixture of models costs a target the fewest nats a token (MixMin, arXiv 2502.10510): the least of the
/// mean over documents of -log(Σ w_i p_i(document)) / tokens, which is convex in w, by exponentiated gradient from equal weights.
/// </summary>
public static class MixMinSolver
{
    private const int MaxHalvings = 60;
    private const double LongestStep = 2; // in the logarithm of a weight; from far off, the gradient is as large as 1 / weight

    /// <summary>Solves it. A step costs one multiply-add and one exponential a model and document.</summary>
    /// <param name="documentNats">For each model, a list of what it pays for each document, in nats.</param>
    /// <param name="documentTokens">The tokens of each document.</param>
    /// <param name="config">How long it goes on, and how far at a time.</param>
    /// <exception cref="ArgumentException">There is no model or document, lists differ in length, or a number is not finite.</exception>
    public static MixMinSolution Solve(IReadOnlyList<IReadOnlyList<double>> documentNats, IReadOnlyList<long> documentTokens, MixMinConfig config)
    {
        ArgumentNullException.ThrowIfNull(documentNats);
        ArgumentNullException.ThrowIfNull(documentTokens);
        ArgumentNullException.ThrowIfNull(config);
        if (documentNats.Count == 0 || documentTokens.Count == 0 || documentNats.Any(nats => nats.Count != documentTokens.Count || !nats.All(double.IsFinite)) || documentTokens.Any(tokens => tokens <= 0))
        {
            throw new ArgumentException($"MixMin needs what each model pays for each document, in finite numbers, and documents of one token or more; given are the nats of '{string.Join(", ", documentNats.Select(nats => nats.Count))}' documents and the tokens of '{documentTokens.Count}'.", nameof(documentNats));
        }

        var likelihood = new MixtureLikelihood(documentNats, documentTokens);
        var unit = config.RelativeGradient ? likelihood.MeanInverseLength : 1;
        var logs = Enumerable.Repeat(-Math.Log(documentNats.Count), documentNats.Count).ToArray();
        var now = likelihood.At(logs);
        var steps = 0;
        while (steps < config.MaxSteps && Largest(now.Gradient, unit, config.RelativeGradient) >= config.Tolerance)
        {
            var (nextLogs, next) = Step(likelihood, logs, now, config.LearningRate / unit);
            steps++;
            if (ReferenceEquals(nextLogs, logs))
            {
                break;
            }

            (logs, now) = (nextLogs, next);
        }

        return new MixMinSolution
        {
            Weights = [.. logs.Select(Math.Exp)],
            NatsPerToken = now.Value,
            Gap = likelihood.MeanInverseLength * Largest(now.Gradient, likelihood.MeanInverseLength, isRelative: true),
        };
    }

    /// <summary>Goes down the gradient, half as far as long as it goes up; gives back where it was when rounding leaves no way down.</summary>
    private static (double[] Logs, MixtureLikelihood.Point Point) Step(MixtureLikelihood likelihood, double[] logs, MixtureLikelihood.Point now, double rate)
    {
        rate = Math.Min(rate, LongestStep / now.Gradient.Max(Math.Abs));
        for (var halving = 0; halving < MaxHalvings; halving++, rate /= 2)
        {
            var candidate = logs.Select((log, i) => log - (rate * now.Gradient[i])).ToArray();
            var sum = MixtureLikelihood.LogSumExp(candidate);
            var next = candidate.Select(log => log - sum).ToArray();
            var point = likelihood.At(next);
            if (point.Value <= now.Value)
            {
                return (next, point);
            }
        }

        return (logs, now);
    }

    /// <summary>
    /// What is compared with the tolerance. Σ w_i g_i is always -unit, and at the optimum no g_i is below that, so the
    /// relative form is how far the smallest is below it: at least what is still to be gained, in units of the gradient.
    /// </summary>
    private static double Largest(double[] gradient, double unit, bool isRelative)
    {
        return isRelative ? -(gradient.Min() / unit) - 1 : gradient.Max(Math.Abs);
    }
}
