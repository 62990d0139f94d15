namespace Granary.Models.Generation.Drafting.Tests;

public sealed class DraftTreeTests
{
    [Test]
    public void A_guess_that_is_there_is_not_added_twice()
    {
        var tree = new DraftTree(8, new DraftRates());
        tree.TryAdd(DraftTree.Root, 5, kind: 0, out var first);

        Assert.That(tree.TryAdd(DraftTree.Root, 5, kind: 1, out var again), Is.True);
        Assert.That((again, tree.Count, tree.Kind(again)), Is.EqualTo((first, 1, 0)));
        Assert.That(tree.TryAdd(first, 5, kind: 0, out var child), Is.True);
        Assert.That((tree.Parent(child), tree.Depth(child)), Is.EqualTo((first, 1)));
    }

    [Test]
    public void A_full_tree_takes_only_what_it_has()
    {
        var tree = new DraftTree(1, new DraftRates());
        tree.TryAdd(DraftTree.Root, 5, kind: 0, out _);

        Assert.That(tree.TryAdd(DraftTree.Root, 6, kind: 0, out _), Is.False);
        Assert.That(tree.TryAdd(DraftTree.Root, 5, kind: 0, out _), Is.True);
        tree.Clear();
        Assert.That(tree.TryAdd(DraftTree.Root, 6, kind: 0, out _), Is.True);
    }

    [Test]
    public void A_probability_is_the_product_of_its_branchs_rates()
    {
        var rates = new DraftRates();
        for (var count = 0; count < 1_000; count++)
        {
            rates.Count(3, isHit: count % 4 != 0);
        }

        var tree = new DraftTree(8, rates);
        tree.TryAdd(DraftTree.Root, 5, kind: 3, out var first);
        tree.TryAdd(first, 6, kind: 3, out var second);

        Assert.That(tree.Probability(first), Is.EqualTo(0.75).Within(0.02));
        Assert.That(tree.Probability(second), Is.EqualTo(tree.Probability(first) * tree.Probability(first)).Within(1e-12));
    }
}
