using Granary.Core.Randomness;
using Granary.Models.Generation.Drafting;
using Granary.Torch;

namespace Granary.Models.Generation.Tests;

/// <summary>Heads that guess at random, sometimes with confidence, and check that they are given the text without gaps.</summary>
internal sealed class RandomHeads(int vocabulary, RandomKey key) : IDraftHeads
{
    private int _read;

    public int Count => 3;

    public bool FollowLikeliest => false;

    public void Read(Tensor trunk_TC, ReadOnlySpan<int> rows, ReadOnlySpan<int> following)
    {
        Assert.That(rows.Length, Is.EqualTo(following.Length).And.GreaterThan(0));
        Assert.That(rows[^1], Is.LessThan(trunk_TC.size(0)));
        _read += rows.Length;
    }

    public Tensor Logits()
    {
        using var generator = new Generator(key.Fold(_read).ToSeed());
        return torch.randn([Count, vocabulary], generator: generator).mul(4);
    }

    public void Dispose()
    {
    }
}
