using System.Buffers;
using System.Text;

namespace Granary.Pipelines.Corpus;

/// <summary>Lays out running text: white space shrinks to one space, paragraphs are set apart by one empty line.</summary>
internal sealed class TextLayout
{
    private static readonly SearchValues<char> White = SearchValues.Create(" \t\r\n");

    private readonly StringBuilder _text = new();
    private int _breaks; // line ends owed before the next word
    private bool _owesSpace;

    /// <summary>Characters written so far.</summary>
    public int Length => _text.Length;

    /// <summary>Begins anew.</summary>
    public void Clear()
    {
        _text.Clear();
        _breaks = 0;
        _owesSpace = false;
    }

    /// <summary>Appends words; white space at either end keeps them apart from their neighbours.</summary>
    public void Words(ReadOnlySpan<char> text)
    {
        while (!text.IsEmpty)
        {
            var word = text.IndexOfAny(White);
            word = word < 0 ? text.Length : word;
            if (word > 0)
            {
                Settle();
                _text.Append(text[..word]);
            }

            var rest = text[word..];
            var white = rest.IndexOfAnyExcept(White);
            _owesSpace |= !rest.IsEmpty;
            text = white < 0 ? [] : rest[white..];
        }
    }

    /// <summary>Appends a mark that what follows adheres to.</summary>
    public void Open(string mark)
    {
        Settle();
        _text.Append(mark);
    }

    /// <summary>Appends a mark that adheres to what came before.</summary>
    public void Close(string mark)
    {
        _owesSpace = false;
        _text.Append(mark);
    }

    /// <summary>Ends the line, and leaves <paramref name="lines"/> - 1 empty ones below it.</summary>
    public void Break(int lines)
    {
        _breaks = _text.Length == 0 ? 0 : Math.Max(_breaks, lines);
        _owesSpace = false;
    }

    /// <summary>Appends several lines as they are, between fences, or a single one as a part of the text.</summary>
    public void Code(string code)
    {
        if (!code.AsSpan().Trim().Contains('\n'))
        {
            Open("`");
            Words(code.AsSpan().Trim());
            Close("`");
            return;
        }

        Break(1);
        Settle();
        _text.Append("```\n").Append(code.ReplaceLineEndings("\n").Trim('\n').TrimEnd()).Append("\n```");
        Break(2);
    }

    /// <summary>Appends the text to another.</summary>
    public void AppendTo(StringBuilder target)
    {
        target.Append(_text);
    }

    private void Settle()
    {
        if (_breaks > 0)
        {
            _text.Append('\n', _breaks);
        }
        else if (_owesSpace && _text.Length > 0 && _text[^1] is not ('\n' or ' '))
        {
            _text.Append(' ');
        }

        _breaks = 0;
        _owesSpace = false;
    }
}
