namespace Granary.Models.Decoder.Tests;

public sealed class TokenTreeTests
{
    [Test]
    public void Depths_count_the_ancestors()
    {
        var tree = new TokenTree([-1, 0, 0, 1, -1]);

        Assert.That(tree.Depths.ToArray(), Is.EqualTo([0, 1, 1, 2, 0]));
        Assert.That(tree.IsChain, Is.False);
        Assert.That(new TokenTree([-1, 0, 1]).IsChain, Is.True);
    }

    [Test]
    public void A_token_sees_what_was_before_its_ancestors_and_itself()
    {
        var seen = new TokenTree([-1, 0, 0]).ToDense(cached: 2);

        Assert.That(seen.shape, Is.EqualTo([1L, 1, 3, 5]));
        Assert.That(seen.to_array<bool>(), Is.EqualTo([true, true, true, false, false, true, true, true, true, false, true, true, true, false, true]));
    }

    [TestCase(new[] { 0 }, "Token '0' of a tree has the parent '0'")]
    [TestCase(new[] { -1, -2 }, "Token '1' of a tree has the parent '-2'")]
    public void A_parent_that_is_no_earlier_token_is_refused(int[] parents, string message)
    {
        Assert.That(() => new TokenTree(parents), Throws.ArgumentException.With.Message.StartsWith(message));
    }
}
