using System.Buffers;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using Granary.Data.Tokenization.Splitting;
using Granary.Data.Tokenization.Unicode;

namespace Granary.Data.Tokenization;

/// <summary>Encodes text for one thread: a tokenizer's tables, with caches and scratch memory of its own (about 13 MB).</summary>
/// <remarks>
/// (1) bytes that are not UTF-8 are replaced; (2) added tokens that stand for themselves are cut out of the raw text;
/// (3) the pieces between are normalized and the other added tokens cut out; (4) what remains is cut into words, some
/// hundred at a time; (5) a word's ids come from the cache, or else from merging its symbols.
/// </remarks>
public sealed class TokenEncoder
{
    private const int CacheLineBits = 17;
    private const int WordsAtATime = 1024;

    private readonly Tokenizer _tokenizer;
    private readonly BpeModel _model;
    private readonly Splitter _splitter;
    private readonly WordMerger _merger;
    private readonly WordCache _words = new(CacheLineBits);
    private readonly LongWordCache _longWords = new();
    private readonly int[] _ends = new int[WordsAtATime];
    private int[] _symbols = new int[256];

    internal TokenEncoder(Tokenizer tokenizer)
    {
        _tokenizer = tokenizer;
        _model = tokenizer.Model;
        _splitter = tokenizer.Definition.Splitter;
        _merger = new WordMerger(_model.Pairs);
    }

    /// <summary>Appends the ids of UTF-8 text; each malformed sequence counts as one U+FFFD, as WHATWG's decoder has it.</summary>
    public void Encode(ReadOnlySpan<byte> utf8, TokenBuffer output)
    {
        ArgumentNullException.ThrowIfNull(output);
        EncodeValid(Utf8Text.Repair(utf8), output);
    }

    /// <summary>Appends the ids of one word, which is not cut further nor searched for added tokens.</summary>
    internal void EncodeWord(ReadOnlySpan<byte> word, TokenBuffer output)
    {
        output.AddRange(Merge(word));
    }

    private void EncodeValid(ReadOnlySpan<byte> text, TokenBuffer output)
    {
        var matcher = _tokenizer.RawTokens;
        if (matcher.IsEmpty)
        {
            EncodeNormalized(text, output);
            return;
        }

        var (floor, search) = (0, 0);
        while (matcher.Next(text, floor, ref search, out var start, out var end) is { } token)
        {
            if (floor < start)
            {
                EncodeNormalized(text[floor..start], output);
            }

            output.Add(token.Id);
            floor = end;
        }

        if (floor < text.Length)
        {
            EncodeNormalized(text[floor..], output);
        }
    }

    private void EncodeNormalized(ReadOnlySpan<byte> text, TokenBuffer output)
    {
        if (_tokenizer.Definition.NormalizesToNfc)
        {
            text = CanonicalComposition.Normalize(text);
        }

        var matcher = _tokenizer.NormalizedTokens;
        if (matcher.IsEmpty)
        {
            EncodePiece(text, output);
            return;
        }

        var (floor, search) = (0, 0);
        while (matcher.Next(text, floor, ref search, out var start, out var end) is { } token)
        {
            if (floor < start)
            {
                EncodePiece(text[floor..start], output);
            }

            output.Add(token.Id);
            floor = end;
        }

        if (floor < text.Length)
        {
            EncodePiece(text[floor..], output);
        }
    }

    private void EncodePiece(ReadOnlySpan<byte> piece, TokenBuffer output)
    {
        if (!_tokenizer.Definition.AddsPrefixSpace || piece is [] or [(byte)' ', ..])
        {
            EncodeWords(piece, output);
            return;
        }

        var prefixed = ArrayPool<byte>.Shared.Rent(piece.Length + 1);
        prefixed[0] = (byte)' ';
        piece.CopyTo(prefixed.AsSpan(1));
        EncodeWords(prefixed.AsSpan(0, piece.Length + 1), output);
        ArrayPool<byte>.Shared.Return(prefixed);
    }

    private void EncodeWords(ReadOnlySpan<byte> text, TokenBuffer output)
    {
        ref var first = ref MemoryMarshal.GetReference(text);
        for (var position = 0; position < text.Length;)
        {
            var start = position;
            var count = _splitter.Split(text, ref position, _ends);

            // A word has at most one id a byte; a cached word is written with four.
            ref var destination = ref output.Reserve(position - start + WordCache.MostIds);
            var written = 0;
            foreach (var end in _ends.AsSpan(0, count))
            {
                ref var word = ref Unsafe.Add(ref first, start);
                var length = end - start;
                if (length <= WordCache.LongestWord)
                {
                    var key = WordCache.KeyOf(ref word, length, text.Length - start);
                    var known = _words.TryCopy(key, ref Unsafe.Add(ref destination, written));
                    written += known != 0 ? known : EncodeShortWord(text[start..end], key, ref Unsafe.Add(ref destination, written));
                }
                else
                {
                    written += EncodeLongWord(text[start..end], ref Unsafe.Add(ref destination, written));
                }

                start = end;
            }

            output.Advance(written);
        }
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private int EncodeShortWord(ReadOnlySpan<byte> word, in WordKey key, ref int destination)
    {
        var ids = Merge(word);
        if (ids.Length is > 0 and <= WordCache.MostIds)
        {
            _words.Add(key, ids);
        }

        ids.CopyTo(MemoryMarshal.CreateSpan(ref destination, ids.Length));
        return ids.Length;
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private int EncodeLongWord(ReadOnlySpan<byte> word, ref int destination)
    {
        ReadOnlySpan<int> ids;
        if (word.Length > LongWordCache.LongestWord)
        {
            ids = Merge(word);
        }
        else
        {
            var hash = LongWordCache.HashOf(word);
            ids = _longWords.Find(word, hash);
            if (ids.IsEmpty)
            {
                ids = Merge(word);
                _longWords.Add(word, hash, ids);
            }
        }

        ids.CopyTo(MemoryMarshal.CreateSpan(ref destination, ids.Length));
        return ids.Length;
    }

    private ReadOnlySpan<int> Merge(ReadOnlySpan<byte> word)
    {
        if (_symbols.Length < word.Length)
        {
            _symbols = new int[word.Length];
        }

        if (_model.IgnoresMerges && _model.WholeWord(word) is var whole && whole >= 0)
        {
            _symbols[0] = whole;
            return _symbols.AsSpan(0, 1);
        }

        var symbols = _symbols.AsSpan(0, _model.Symbolize(word, _symbols));
        return _model.HasMerges ? symbols[.._merger.Merge(symbols)] : symbols;
    }
}
