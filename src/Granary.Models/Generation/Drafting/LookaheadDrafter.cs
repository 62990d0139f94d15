using System.Runtime.InteropServices;

namespace Granary.Models.Generation.Drafting;

/// <summary>
/// Drafts what followed earlier where the last tokens stood (Zhao et al., arXiv 2312.12728, and prompt lookup). A table of
/// the text's runs of each length up to <see cref="LongestMatch"/> gives a run's newest place, and from there the one
/// before it; a few continuations are merged into a tree. Costs a few table entries a token.
/// </summary>
internal sealed class LookaheadDrafter : IDrafter
{
    private const int LongestMatch = 6;
    private const int LongestDraft = 16;
    private const int MostPlaces = 4;

    private readonly List<int> _text = [];
    private readonly Dictionary<ulong, int>[] _newest = [.. Enumerable.Range(0, LongestMatch).Select(_ => new Dictionary<ulong, int>())];
    private readonly List<int>[] _previous = [.. Enumerable.Range(0, LongestMatch).Select(_ => new List<int>())];

    public bool IsCostly => false;

    public void Read(in DraftReading reading)
    {
        if (_text.Count == 0)
        {
            Append(reading.Tokens[reading.Rows[0]]);
        }

        foreach (var id in reading.Following)
        {
            Append(id);
        }
    }

    public void Draft(DraftTree tree)
    {
        var places = 0;
        for (var length = Math.Min(LongestMatch, _text.Count); length >= 1 && places < MostPlaces; length--)
        {
            // The run that ends the text is its own newest place.
            for (var end = _previous[length - 1][^1]; end >= 0 && places < MostPlaces; end = _previous[length - 1][end])
            {
                if (places == 0 || !IsLongerMatch(end, length))
                {
                    AddContinuation(tree, end, Agreeing(end, length), isNewest: places == 0);
                    places++;
                }
            }
        }
    }

    private void Append(int id)
    {
        _text.Add(id);
        var last = _text.Count - 1;
        var hash = 14695981039346656037UL;
        for (var length = 1; length <= LongestMatch; length++)
        {
            if (length > _text.Count)
            {
                _previous[length - 1].Add(-1);
                continue;
            }

            hash = (hash ^ (uint)_text[^length]) * 1099511628211UL;
            ref var newest = ref CollectionsMarshal.GetValueRefOrAddDefault(_newest[length - 1], hash, out var exists);
            _previous[length - 1].Add(exists ? newest : -1);
            newest = last;
        }
    }

    /// <summary>Whether a place was already found by a longer run.</summary>
    private bool IsLongerMatch(int end, int length)
    {
        return length < LongestMatch && end >= length && _text[end - length] == _text[^(length + 1)];
    }

    /// <summary>How many tokens before two places agree, up to what kinds tell apart.</summary>
    private int Agreeing(int end, int least)
    {
        var count = least;
        while (count < LongestDraft && end >= count && _text[end - count] == _text[^(count + 1)])
        {
            count++;
        }

        return count;
    }

    private void AddContinuation(DraftTree tree, int end, int agreeing, bool isNewest)
    {
        var parent = DraftTree.Root;
        for (var added = 1; added <= LongestDraft && end + added < _text.Count; added++)
        {
            var kind = DraftKind.Lookahead(agreeing + added - 1, isNewest);
            if (tree.Probability(parent, kind) < DraftTree.LeastProbability || !tree.TryAdd(parent, _text[end + added], kind, out parent))
            {
                return;
            }
        }
    }
}
