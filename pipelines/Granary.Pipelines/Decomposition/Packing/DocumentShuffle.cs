using Granary.Core.Randomness;
using Granary.Data.Shards;

namespace Granary.Pipelines.Decomposition.Packing;

/// <summary>
/// Shuffles a stream of documents with bounded memory: it holds some and, when it is full, gives back a random one of
/// them. A stream that fits is shuffled evenly; in a longer one no document comes much earlier than it was put in.
/// </summary>
internal sealed class DocumentShuffle(RandomKey key, int mostDocuments, long mostTokens)
{
    private readonly List<TokenizedDocument> _held = [];
    private long _tokens;
    private long _draws;

    /// <summary>Takes a document in; those that have to leave for it.</summary>
    public IEnumerable<TokenizedDocument> Add(TokenizedDocument document)
    {
        _held.Add(document);
        _tokens += document.Ids.Length;
        while (_held.Count > mostDocuments || _tokens > mostTokens)
        {
            yield return Draw();
        }
    }

    /// <summary>All that are held, which leaves it empty.</summary>
    public IEnumerable<TokenizedDocument> Drain()
    {
        while (_held.Count > 0)
        {
            yield return Draw();
        }
    }

    private TokenizedDocument Draw()
    {
        var index = (int)key.BelowAt(_draws++, _held.Count);
        var drawn = _held[index];
        _held[index] = _held[^1];
        _held.RemoveAt(_held.Count - 1);
        _tokens -= drawn.Ids.Length;
        return drawn;
    }
}
