using System.Text;

namespace Granary.Models.Generation;

/// <summary>
/// Ends a text before the first stop text in it, wherever its pieces end: what may be the beginning of one is held back
/// until it is clear. Stop texts that begin earlier win, of these the one that ends first.
/// </summary>
public sealed class StopTextFilter
{
    private readonly IReadOnlyList<string> _stops;
    private readonly StringBuilder _held = new();

    /// <summary>A filter for a text that has not begun; empty stop texts are not allowed.</summary>
    public StopTextFilter(IReadOnlyList<string> stops)
    {
        foreach (var stop in stops)
        {
            ArgumentException.ThrowIfNullOrEmpty(stop, nameof(stops));
        }

        _stops = stops;
    }

    /// <summary>Whether a stop text has come; nothing more is to be added.</summary>
    public bool IsStopped { get; private set; }

    /// <summary>What can be shown after a further piece.</summary>
    public string Add(string piece)
    {
        if (_stops.Count == 0)
        {
            return piece;
        }

        _held.Append(piece);
        var text = _held.ToString();
        var begin = _stops.Select(stop => text.IndexOf(stop, StringComparison.Ordinal)).Where(at => at >= 0).DefaultIfEmpty(-1).Min();
        IsStopped = begin >= 0;
        var shown = IsStopped ? begin : text.Length - _stops.Max(stop => BeginningAtTheEnd(text, stop));
        _held.Remove(0, IsStopped ? text.Length : shown);
        return text[..shown];
    }

    /// <summary>What was held back, at the text's end.</summary>
    public string Finish()
    {
        var rest = _held.ToString();
        _held.Clear();
        return rest;
    }

    /// <summary>How many characters at the end of a text may begin a stop text.</summary>
    private static int BeginningAtTheEnd(string text, string stop)
    {
        for (var length = Math.Min(text.Length, stop.Length - 1); length > 0; length--)
        {
            if (text.AsSpan(text.Length - length).SequenceEqual(stop.AsSpan(0, length)))
            {
                return length;
            }
        }

        return 0;
    }
}
