namespace Granary.Pipelines.Climb.Predictors;

/// <summary>What documents cost under a mixture of models, and how that changes with the weights; in logarithms throughout.</summary>
internal sealed class MixtureLikelihood
{
    private readonly double[][] _logLikelihoods; // a row a document, a column a model
    private readonly double[] _lengths;

    public MixtureLikelihood(IReadOnlyList<IReadOnlyList<double>> documentNats, IReadOnlyList<long> documentTokens)
    {
        _logLikelihoods = [.. documentTokens.Select((_, document) => documentNats.Select(nats => -nats[document]).ToArray())];
        _lengths = [.. documentTokens.Select(tokens => (double)tokens)];
        MeanInverseLength = _lengths.Average(length => 1 / length);
    }

    /// <summary>Mean of 1 / tokens: the size of the gradient, whatever the weights.</summary>
    public double MeanInverseLength { get; }

    /// <summary>log Σ exp, without overflow.</summary>
    public static double LogSumExp(ReadOnlySpan<double> logs)
    {
        var largest = double.NegativeInfinity;
        foreach (var log in logs)
        {
            largest = Math.Max(largest, log);
        }

        var sum = 0.0;
        foreach (var log in logs)
        {
            sum += Math.Exp(log - largest);
        }

        return largest + Math.Log(sum);
    }

    /// <summary>Mean nats a token under weights given as logarithms, and the derivative after each weight.</summary>
    public Point At(double[] logWeights)
    {
        var gradient = new double[logWeights.Length];
        var joint = new double[logWeights.Length];
        var value = 0.0;
        for (var document = 0; document < _lengths.Length; document++)
        {
            var likelihoods = _logLikelihoods[document];
            for (var i = 0; i < joint.Length; i++)
            {
                joint[i] = logWeights[i] + likelihoods[i];
            }

            var whole = LogSumExp(joint);
            value -= whole / _lengths[document];
            for (var i = 0; i < joint.Length; i++)
            {
                // A document that a model of almost no weight alone can explain makes this huge, but not infinite.
                gradient[i] -= Math.Exp(Math.Min(likelihoods[i] - whole, 600)) / _lengths[document];
            }
        }

        return new Point(value / _lengths.Length, [.. gradient.Select(sum => sum / _lengths.Length)]);
    }

    /// <summary>A place on the simplex.</summary>
    public readonly record struct Point(double Value, double[] Gradient);
}
