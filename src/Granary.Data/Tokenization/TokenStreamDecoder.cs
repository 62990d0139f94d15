using System.Buffers;
using System.Text;

namespace Granary.Data.Tokenization;

/// <summary>Turns ids into text as they come, holding a character back until all of its bytes are there; for one thread.</summary>
public sealed class TokenStreamDecoder
{
    private readonly Tokenizer _tokenizer;
    private readonly Decoder _decoder = Encoding.UTF8.GetDecoder();

    internal TokenStreamDecoder(Tokenizer tokenizer)
    {
        _tokenizer = tokenizer;
    }

    /// <summary>The text that became complete with this id; often a word, empty while a character lacks bytes.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The id is not in the vocabulary.</exception>
    public string Add(int id)
    {
        return Convert(_tokenizer.BytesOf(id), isLast: false);
    }

    /// <summary>What was held back, as U+FFFD when it never became a character; the decoder then begins anew.</summary>
    public string Finish()
    {
        return Convert([], isLast: true);
    }

    private string Convert(ReadOnlySpan<byte> bytes, bool isLast)
    {
        var room = ArrayPool<char>.Shared.Rent(Encoding.UTF8.GetMaxCharCount(bytes.Length + 4));
        var text = new string(room, 0, _decoder.GetChars(bytes, room, isLast));
        ArrayPool<char>.Shared.Return(room);
        return text;
    }
}
