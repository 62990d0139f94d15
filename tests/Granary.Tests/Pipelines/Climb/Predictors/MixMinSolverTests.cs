using Granary.Core.Randomness;

namespace Granary.Pipelines.Climb.Predictors.Tests;

public sealed class MixMinSolverTests
{
    private const int Documents = 40;

    private static readonly MixMinConfig Patient = new() { MaxSteps = 20_000, Tolerance = 1e-7 };

    [TestCase(2, 0.001)]
    [TestCase(3, 0.01)]
    public void No_weights_of_a_grid_cost_less(int models, double cell)
    {
        var (nats, tokens) = Target(models, spread: 4);

        var solution = MixMinSolver.Solve(nats, tokens, Patient);

        var best = Grid(models, cell).Min(weights => Cost(weights, nats, tokens));
        Assert.That(solution.NatsPerToken, Is.LessThanOrEqualTo(best + 1e-9).And.GreaterThan(best - cell));
        Assert.That(solution.NatsPerToken, Is.EqualTo(Cost(solution.Weights, nats, tokens)).Within(1e-12));
    }

    [Test]
    public void The_gap_bounds_what_is_left_to_gain()
    {
        var (nats, tokens) = Target(3, spread: 4);
        var best = Grid(3, 0.01).Min(weights => Cost(weights, nats, tokens));

        var gaps = new[] { 1, 3, 10, 100 }.Select(steps => MixMinSolver.Solve(nats, tokens, Patient with { MaxSteps = steps })).ToList();

        Assert.That(gaps.Select(solution => solution.NatsPerToken - best - solution.Gap), Is.All.LessThan(1e-12));
        Assert.That(gaps.Select(solution => solution.Gap), Is.Ordered.Descending);
    }

    [Test]
    public void Cost_is_convex_between_any_two_mixtures()
    {
        var (nats, tokens) = Target(3, spread: 30);
        var corners = Grid(3, 0.1).ToList();

        foreach (var (one, other) in corners.Zip(corners.Skip(17)))
        {
            var middle = one.Zip(other, (a, b) => (a + b) / 2).ToArray();
            Assert.That(Cost(middle, nats, tokens), Is.LessThanOrEqualTo(((Cost(one, nats, tokens) + Cost(other, nats, tokens)) / 2) + 1e-12));
        }
    }

    [Test]
    public void Documents_of_thousands_of_nats_neither_overflow_nor_stop_it()
    {
        var tokens = Enumerable.Repeat(4_000L, 30).ToList();
        var nats = Enumerable.Range(0, 3).Select(model => (IReadOnlyList<double>)[.. tokens.Select((_, document) => document % 10 < 7 == (model == 0) ? 9_000.0 : 12_000 + model)]).ToList();

        var solution = MixMinSolver.Solve(nats, tokens, new MixMinConfig());

        // Of the documents 70 % belong to the first model and 30 % to both of the others, of which the second is the better by a nat.
        Assert.That(solution.Weights[0], Is.EqualTo(0.7).Within(1e-3));
        Assert.That(solution.Weights.Sum(), Is.EqualTo(1).Within(1e-12));
    }

    [Test]
    public void The_published_steps_hardly_move_on_long_documents()
    {
        var tokens = Enumerable.Repeat(4_000L, 10).ToList();
        IReadOnlyList<double>[] nats = [[.. tokens.Select(_ => 9_000.0)], [.. tokens.Select(_ => 12_000.0)]];

        var published = MixMinSolver.Solve(nats, tokens, new MixMinConfig { RelativeGradient = false });
        var relative = MixMinSolver.Solve(nats, tokens, new MixMinConfig());

        Assert.That(published.Weights[0], Is.LessThan(0.52));
        Assert.That(relative.Weights[0], Is.GreaterThan(0.999));
    }

    [Test]
    public void Models_that_change_places_change_their_weights()
    {
        var (nats, tokens) = Target(3, spread: 4);

        var there = MixMinSolver.Solve(nats, tokens, Patient);
        var back = MixMinSolver.Solve([nats[2], nats[0], nats[1]], tokens, Patient);

        Assert.That(new[] { back.Weights[1], back.Weights[2], back.Weights[0] }, Is.EqualTo(there.Weights).Within(1e-9));
    }

    [Test]
    public void Documents_without_their_tokens_are_refused()
    {
        var thrown = Assert.Throws<ArgumentException>(() => MixMinSolver.Solve([[1.0, 2]], [5], new MixMinConfig()));

        Assert.That(thrown.Message, Does.Contain("'2'").And.Contain("'1'"));
    }

    private static (IReadOnlyList<IReadOnlyList<double>> Nats, IReadOnlyList<long> Tokens) Target(int models, double spread)
    {
        var key = RandomKey.FromSeed(models);
        var tokens = Enumerable.Range(0, Documents).Select(document => 3 + key.Use("tokens").BelowAt(document, 9)).ToList();
        var nats = Enumerable.Range(0, models).Select(model => (IReadOnlyList<double>)[.. Enumerable.Range(0, Documents).Select(document => 20 + (spread * key.Fold(model).DoubleAt(document)))]).ToList();
        return (nats, tokens);
    }

    private static IEnumerable<double[]> Grid(int models, double cell)
    {
        var cells = (int)Math.Round(1 / cell);
        return models == 2
            ? Enumerable.Range(0, cells + 1).Select(i => new[] { i * cell, 1 - (i * cell) })
            : from i in Enumerable.Range(0, cells + 1) from j in Enumerable.Range(0, cells + 1 - i) select new[] { i * cell, j * cell, 1 - ((i + j) * cell) };
    }

    /// <summary>The definition, for numbers small enough to take exponentials of.</summary>
    private static double Cost(IReadOnlyList<double> weights, IReadOnlyList<IReadOnlyList<double>> nats, IReadOnlyList<long> tokens)
    {
        return tokens.Select((length, document) => -Math.Log(weights.Select((weight, model) => weight * Math.Exp(-nats[model][document])).Sum()) / length).Average();
    }
}
