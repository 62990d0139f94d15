using Granary.Torch;

namespace Granary.Training.Optimizers.Tests;

/// <summary>Ranks update a model as gradients arrive: an update may be taken in several calls, each with gradients of other tensors.</summary>
public sealed class PartialUpdateTests
{
    private static IEnumerable<TestCaseData> Optimizers()
    {
        var config = new AdamWConfig { WeightDecay = 0.1 };
        yield return Case("AdamW", tensors => new AdamW(config, tensors));
        yield return Case("FusedAdamW", tensors => new FusedAdamW(config, tensors));
        yield return Case("Muon", tensors => new Muon(new MuonConfig(), tensors, others => new AdamW(config, others)));
    }

    [TestCaseSource(nameof(Optimizers))]
    public void An_update_in_several_calls_has_the_bits_of_one(Func<IReadOnlyList<OptimizedTensor>, IOptimizer> create)
    {
        using var scope = torch.NewDisposeScope();

        var whole = Trained(create, together: true);
        var parts = Trained(create, together: false);

        Assert.That(parts, Is.EqualTo(whole));
    }

    private static TestCaseData Case(string name, Func<IReadOnlyList<OptimizedTensor>, IOptimizer> create) => new TestCaseData(create).SetArgDisplayNames(name);

    // Values and state after two updates of three tensors; the second lacks one gradient.
    private static List<float[]> Trained(Func<IReadOnlyList<OptimizedTensor>, IOptimizer> create, bool together)
    {
        OptimizedTensor[] tensors =
        [
            new("matrix", NewtonSchulzTests.Random(6, 4), IsDecayed: true) { MatrixRows = [6] },
            new("table", NewtonSchulzTests.Random(5, 3), IsDecayed: true),
            new("bias", NewtonSchulzTests.Random(1, 7), IsDecayed: false),
        ];
        using var optimizer = create(tensors);
        for (var update = 1; update <= 2; update++)
        {
            var present = tensors.Take(4 - update).ToList();
            foreach (var portion in together ? [present] : present.Select(tensor => new List<OptimizedTensor> { tensor }))
            {
                foreach (var (_, values, _) in portion)
                {
                    values.grad = NewtonSchulzTests.Random((int)values.size(0), (int)values.size(1), seed: update);
                }

                optimizer.Step(update, learningRate: 0.01, gradientScale: 0.5);
                portion.ForEach(tensor => tensor.Values.grad = null);
            }
        }

        return [.. tensors.Select(tensor => tensor.Values).Concat(optimizer.State.Select(entry => entry.Tensor)).Select(tensor => tensor.detach().data<float>().ToArray())];
    }
}
