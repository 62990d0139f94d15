using Granary.Data.Tokenization;

namespace Granary.Cli.Stages;

/// <summary>Turns documents into ids with the end-of-text id behind them, on one thread.</summary>
internal sealed class DocumentEncoder
{
    private const int MostIdsKept = 1 << 20; // a buffer that one huge document made larger is given back

    private readonly TokenEncoder _encoder;
    private readonly int? _end;
    private TokenBuffer _ids = new();

    public DocumentEncoder(Tokenizer tokenizer)
    {
        _encoder = tokenizer.CreateEncoder();
        _end = tokenizer.EndOfTextId;
    }

    /// <summary>The ids of a text.</summary>
    public int[] Encode(ReadOnlyMemory<byte> text)
    {
        _ids.Clear();
        _encoder.Encode(text.Span, _ids);
        if (_end is { } id)
        {
            _ids.Add(id);
        }

        var ids = _ids.ToArray();
        _ids = ids.Length > MostIdsKept ? new TokenBuffer() : _ids;
        return ids;
    }
}
