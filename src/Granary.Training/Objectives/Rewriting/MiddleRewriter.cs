using Granary.Core.Randomness;
using Granary.Data.Tokenization;

namespace Granary.Training.Objectives.Rewriting;

/// <summary>
/// Moves the middle of a document to its end. The cuts are drawn among the places between characters, not tokens, so the
/// three parts are encoded again; a part may be empty.
/// </summary>
internal sealed class MiddleRewriter : DocumentRewriter
{
    private readonly FimConfig _config;
    private readonly Tokenizer _tokenizer;
    private readonly int _prefix;
    private readonly int _middle;
    private readonly int _suffix;

    public MiddleRewriter(FimConfig config, Tokenizer tokenizer, int prefix, int middle, int suffix)
        : base(tokenizer.EndOfTextId)
    {
        _config = config;
        _tokenizer = tokenizer;
        _prefix = prefix;
        _middle = middle;
        _suffix = suffix;
    }

    protected override void RewriteDocument(ReadOnlySpan<long> document, List<long> output, RandomKey key)
    {
        if (document.IsEmpty || key.DoubleAt(0) >= _config.FimRate)
        {
            output.AddRange(document);
            return;
        }

        var bytes = BytesOf(document);
        var places = CharacterBorders(bytes);
        var first = places[(int)key.BelowAt(1, places.Count)];
        var second = places[(int)key.BelowAt(2, places.Count)];
        var (start, end) = (Math.Min(first, second), Math.Max(first, second));
        var prefix = bytes.AsSpan(0, start);
        var middle = bytes.AsSpan(start, end - start);
        var suffix = bytes.AsSpan(end);
        output.Add(_prefix);
        if (key.DoubleAt(3) < _config.SpmRate)
        {
            output.Add(_suffix);
            Write(suffix, output);
            output.Add(_middle);
            Write(prefix, output);
        }
        else
        {
            Write(prefix, output);
            output.Add(_suffix);
            Write(suffix, output);
            output.Add(_middle);
        }

        Write(middle, output);
    }

    private byte[] BytesOf(ReadOnlySpan<long> document)
    {
        var ids = new int[document.Length];
        for (var place = 0; place < ids.Length; place++)
        {
            ids[place] = (int)document[place];
        }

        return _tokenizer.DecodeBytes(ids);
    }

    // The beginning, the end, and every byte that begins a character; a piece of a document may itself begin within one.
    private static List<int> CharacterBorders(ReadOnlySpan<byte> bytes)
    {
        var borders = new List<int> { 0 };
        for (var place = 1; place < bytes.Length; place++)
        {
            if ((bytes[place] & 0xC0) != 0x80)
            {
                borders.Add(place);
            }
        }

        if (bytes.Length > 0)
        {
            borders.Add(bytes.Length);
        }

        return borders;
    }

    private void Write(ReadOnlySpan<byte> text, List<long> output)
    {
        var ids = new TokenBuffer();
        _tokenizer.Encode(text, ids);
        foreach (var id in ids.Ids)
        {
            output.Add(id);
        }
    }
}
