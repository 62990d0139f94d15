using Granary.Core.Randomness;
using Granary.Data.Shards;

namespace Granary.Pipelines.Decomposition.Packing;

/// <summary>Gives documents back in a random order, every one as likely as any other.</summary>
internal sealed class DocumentShuffle(RandomKey key)
{
    private readonly List<TokenizedDocument> _held = [];

    /// <summary>Takes a document in.</summary>
    public void Add(TokenizedDocument document)
    {
        _held.Add(document);
    }

    /// <summary>All that are held, which leaves it empty.</summary>
    public IEnumerable<TokenizedDocument> Drain()
    {
        for (var draws = 0L; _held.Count > 0; draws++)
        {
            var index = (int)key.BelowAt(draws, _held.Count);
            var drawn = _held[index];
            _held[index] = _held[^1];
            _held.RemoveAt(_held.Count - 1);
            yield return drawn;
        }
    }
}
