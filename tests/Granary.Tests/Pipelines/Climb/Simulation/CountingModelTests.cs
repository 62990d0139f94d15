using Granary.Core.Randomness;

namespace Granary.Pipelines.Climb.Simulation.Tests;

public sealed class CountingModelTests
{
    private const int Order = 5;

    [Test]
    public void It_costs_what_the_formula_says([Range(1, 5)] int seed)
    {
        var source = new MarkovSource(0.06, RandomKey.FromSeed(seed));
        byte[][] windows = [source.Window(0), source.Window(1), source.Window(2)];
        var document = source.Window(3);
        var model = new CountingModel(symbols: 3 * MarkovSource.WindowLength);
        foreach (var window in windows)
        {
            model.Learn(window);
        }

        Assert.That(model.NatsOf(document), Is.EqualTo(Slowly(windows, document)).Within(1e-9));
    }

    [Test]
    public void Without_training_every_symbol_is_as_likely()
    {
        var document = new MarkovSource(0.06, RandomKey.FromSeed(1)).Window(0);

        Assert.That(new CountingModel(256).NatsOf(document), Is.EqualTo(MarkovSource.WindowLength * Math.Log(MarkovSource.Alphabet)).Within(1e-9));
    }

    // Slow and obvious: all continuations of a context are collected anew for each symbol.
    private static double Slowly(byte[][] windows, byte[] document)
    {
        var nats = 0.0;
        for (var end = 0; end < document.Length; end++)
        {
            var probability = 1.0 / MarkovSource.Alphabet;
            for (var length = 0; length < Order && length <= end; length++)
            {
                var context = document[(end - length)..end];
                var followers = windows.SelectMany(window => Enumerable.Range(length, window.Length - length).Where(i => window.AsSpan(i - length, length).SequenceEqual(context)).Select(i => window[i])).ToList();
                if (followers.Count == 0)
                {
                    break;
                }

                var kinds = followers.Distinct().Count();
                probability = (followers.Count(follower => follower == document[end]) + (kinds * probability)) / (followers.Count + kinds);
            }

            nats -= Math.Log(probability);
        }

        return nats;
    }
}
