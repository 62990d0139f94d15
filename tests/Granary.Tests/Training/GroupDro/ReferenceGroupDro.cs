using Granary.Data.Batching;
using Granary.Models.Language;
using Granary.Torch;
using Granary.Training.Optimizers;

namespace Granary.Training.GroupDro.Tests;

/// <summary>Algorithm 1 of DoReMi as it is written, on plain arrays: each token's loss by itself, and one loss for the whole step.</summary>
internal sealed class ReferenceGroupDro(GroupDroConfig config, LanguageModel proxy, LanguageModel reference, IOptimizer optimizer, double[] sampling)
{
    private readonly double[] _scores = new double[sampling.Length];
    private double[] _weights = [.. sampling.Select(_ => 1.0 / sampling.Length)];

    public List<double[]> Trajectory { get; } = [];

    public void Step(TokenBatch batch, IReadOnlyList<int> domains, double learningRate, double maxNorm)
    {
        for (var domain = 0; domain < sampling.Length; domain++)
        {
            var excesses = new List<double>();
            for (var row = 0; row < batch.Rows; row++)
            {
                for (var place = 0; place < batch.Length - 1 && domains[row] == domain; place++)
                {
                    excesses.Add(Math.Max(LossOf(proxy, batch, row, place) - LossOf(reference, batch, row, place), 0));
                }
            }

            _scores[domain] = excesses.Count > 0 ? excesses.Average() : _scores[domain];
        }

        var grown = _weights.Zip(_scores, (weight, score) => weight * Math.Exp(config.Eta * score)).ToArray();
        _weights = [.. grown.Select(weight => ((1 - config.Smoothing) * weight / grown.Sum()) + (config.Smoothing / grown.Length))];
        Trajectory.Add(_weights);
        Update(batch, domains, learningRate, maxNorm);
    }

    public double[] Average() => [.. sampling.Select((_, domain) => Trajectory.Average(weights => weights[domain]))];

    private void Update(TokenBatch batch, IReadOnlyList<int> domains, double learningRate, double maxNorm)
    {
        using var scope = torch.NewDisposeScope();
        proxy.ClearGradients();
        var counts = domains.Select(domain => _weights[domain] / sampling[domain]).ToArray();
        for (var row = 0; row < batch.Rows; row++)
        {
            var loss = LossSum(proxy, batch, row, 0, batch.Length);
            (loss * (counts[row] / (counts.Sum() * (batch.Length - 1)))).backward();
        }

        var norm = optimizer.GradientNorm();
        optimizer.Step(Trajectory.Count, learningRate, Math.Min(1, maxNorm / (norm + 1e-6)));
    }

    private static double LossOf(LanguageModel model, TokenBatch batch, int row, int place)
    {
        using var scope = torch.NewDisposeScope();
        using var mode = torch.no_grad();
        return LossSum(model, batch, row, place, 1).item();
    }

    private static Tensor LossSum(LanguageModel model, TokenBatch batch, int row, int first, int count)
    {
        var slice = batch.Slice(row, 1);
        var hidden_TC = model.Hidden(torch.tensor(slice.Tokens.Span, [1, batch.Length]));
        return model.LossSum(hidden_TC.narrow(0, first, count), torch.tensor(slice.Targets.Span.Slice(first, count)));
    }
}
