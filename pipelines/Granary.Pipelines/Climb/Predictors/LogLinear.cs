using Granary.Core.Randomness;

namespace Granary.Pipelines.Climb.Predictors;

/// <summary>Fits the log-linear law from many starts, of which the best is kept. Nothing is drawn, so components may change places.</summary>
internal sealed class LogLinear : IMixturePredictor
{
    private const double StartPenalty = 1e-3; // on t, a run each

    private readonly LogLinearConfig _config;

    public LogLinear(LogLinearConfig config)
    {
        _config = config;
    }

    public string Name => LogLinearConfig.TypeName;

    public IFittedPredictor Fit(IReadOnlyList<double[]> mixtures, IReadOnlyList<double> scores, RandomKey key)
    {
        FitRows.Check(mixtures, scores);
        var scale = ScoreScale.Of(scores);
        var standard = scale.Standardise(scores);
        var fits = Starts(mixtures, standard).Select(start => LimitedMemoryBfgs.Minimise((at, gradient) => Loss(mixtures, standard, at, gradient), start, _config.MaxSteps));
        var law = fits.Where(fit => double.IsFinite(fit.Value)).OrderBy(fit => fit.Value).Select(fit => fit.At).FirstOrDefault()
            ?? throw new PredictorException($"A log-linear law cannot be fitted to '{mixtures.Count}' runs: it is not finite from any start. Choose a smaller offset_range, or smaller contrasts.");
        return new FittedFormula(weights => scale.Restore(law[^1] + Math.Exp(Vectors.Dot(weights, law.AsSpan(0, weights.Length)))), mixtures);
    }

    /// <summary>Mean of Huber's loss under a law, t and behind it c, with its gradient.</summary>
    internal double Loss(IReadOnlyList<double[]> mixtures, double[] standard, ReadOnlySpan<double> law, Span<double> gradient)
    {
        gradient.Clear();
        var slopes = law[..^1];
        var loss = 0.0;
        for (var row = 0; row < mixtures.Count; row++)
        {
            var power = Math.Exp(Vectors.Dot(mixtures[row], slopes));
            var error = law[^1] + power - standard[row];
            var isLarge = Math.Abs(error) > _config.Huber;
            loss += isLarge ? _config.Huber * (Math.Abs(error) - (_config.Huber / 2)) : error * error / 2;
            var pull = (isLarge ? _config.Huber * Math.Sign(error) : error) / mixtures.Count;
            Vectors.AddScaled(gradient[..^1], pull * power, mixtures[row]);
            gradient[^1] += pull;
        }

        return loss / mixtures.Count;
    }

    private IEnumerable<double[]> Starts(IReadOnlyList<double[]> mixtures, double[] standard)
    {
        var components = mixtures[0].Length;
        var normal = new double[components * components];
        for (var i = 0; i < components; i++)
        {
            for (var j = 0; j <= i; j++)
            {
                normal[(i * components) + j] = mixtures.Sum(weights => weights[i] * weights[j]) + (i == j ? StartPenalty * mixtures.Count : 0);
            }
        }

        var factored = Cholesky.TryFactor(normal, components)!;
        for (var place = 0; place < _config.Offsets; place++)
        {
            var share = _config.Offsets == 1 ? 0.5 : (double)place / (_config.Offsets - 1);
            var constant = standard.Min() - Math.Exp(_config.OffsetRange[0] + (share * (_config.OffsetRange[1] - _config.OffsetRange[0])));
            var right = new double[components];
            for (var row = 0; row < mixtures.Count; row++)
            {
                Vectors.AddScaled(right, Math.Log(standard[row] - constant), mixtures[row]);
            }

            var slopes = factored.Solve(right);
            var mean = slopes.Average();
            foreach (var contrast in _config.Contrasts)
            {
                yield return [.. slopes.Select(slope => mean + (contrast * (slope - mean))), constant];
            }
        }
    }
}
