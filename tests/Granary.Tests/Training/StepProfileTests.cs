using Granary.Core.Randomness;
using Granary.Models.Layers;
using Granary.Models.Llama;
using Granary.Torch;
using Granary.Training.Objectives;
using Granary.Training.Optimizers;

namespace Granary.Training.Tests;

public sealed class StepProfileTests
{
    [Test]
    public void A_row_is_limited_by_arithmetic_or_by_memory_and_by_what_it_took()
    {
        var computes = new ProfileRow("forward", "aten::mm", 1, Seconds: 2, Operations: 100, Bytes: 10);
        var moves = new ProfileRow("forward", "aten::add", 1, Seconds: 2, Operations: 0, Bytes: 10);
        var cached = new ProfileRow("forward", "aten::add", 1, Seconds: 0.1, Operations: 0, Bytes: 10);
        var between = new ProfileRow("forward", "other", 1, Seconds: 3, Operations: 0, Bytes: 0);
        var profile = new StepProfile([computes, moves, cached, between], Steps: 1, Seconds: 7.1, MatrixRate: 100, MemoryRate: 20) { Collections = 0, AllocatedBytes = 0 };

        Assert.Multiple(() =>
        {
            Assert.That(profile.LimitOf(computes), Is.EqualTo(1));
            Assert.That(profile.LimitOf(moves), Is.EqualTo(0.5));
            Assert.That(profile.LimitOf(cached), Is.EqualTo(0.1));
            Assert.That(profile.LimitOf(between), Is.Zero);
            Assert.That(profile.Limit, Is.EqualTo(1.6).Within(1e-12));
        });
    }

    [Test]
    public void The_products_of_a_step_are_those_of_the_model()
    {
        using var scope = torch.NewDisposeScope();
        var config = new LlamaConfig { HiddenSize = 32, NumHiddenLayers = 2, NumAttentionHeads = 2, IntermediateSize = 64, MaxPositionEmbeddings = 16, TieWordEmbeddings = true };
        using var model = config.Build(50, ahead: null, RandomKey.FromSeed(1), new FusedKernels());
        using var optimizer = new FusedAdamW(new AdamWConfig(), OptimizedTensor.Of(model.named_parameters()));
        using var benchmark = new StepBenchmark(model, new NextTokenConfig().Build(), optimizer, TimeProvider.System);

        var profile = benchmark.Profile(rows: 2, length: 16, steps: 1);

        // Queries, keys and values, the projection back, gate, up and down, and the head: forward once, back twice.
        var weights = (2 * ((4 * 32 * 32) + (3 * 32 * 64))) + (50 * 32);
        Assert.Multiple(() =>
        {
            Assert.That(profile.Rows.Where(row => row.Name.StartsWith("granary::product_", StringComparison.Ordinal)).Sum(row => row.Operations), Is.EqualTo(6.0 * 2 * 16 * weights));
            Assert.That(profile.Rows.Select(row => row.Phase).Distinct(), Is.SupersetOf(new[] { "forward", "backward", "optimizer" }));
            Assert.That(profile.Rows.Where(row => row.Phase == "optimizer").Select(row => row.Name), Has.Some.EqualTo("granary::adamw"));
        });
    }
}
