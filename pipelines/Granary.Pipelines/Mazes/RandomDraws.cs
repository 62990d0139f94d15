using Granary.Core.Randomness;

namespace Granary.Pipelines.Mazes;

/// <summary>Takes the numbers of a stream one after another.</summary>
internal sealed class RandomDraws(RandomKey key)
{
    private long _position;

    /// <summary>An integer in [0, bound).</summary>
    public int Below(int bound)
    {
        return (int)key.BelowAt(_position++, bound);
    }

    /// <summary>Puts items in a random order, each as likely as any other.</summary>
    public void Shuffle<T>(Span<T> items)
    {
        for (var i = items.Length - 1; i > 0; i--)
        {
            var other = Below(i + 1);
            (items[i], items[other]) = (items[other], items[i]);
        }
    }
}
