using System.Text;

namespace Granary.Data.Tokenization.Splitting.Tests;

internal static class SplitterTestExtensions
{
    /// <summary>The words of a text in one line: " / " between words, ␠ for a space.</summary>
    internal static string Show(this Splitter splitter, string text)
    {
        return string.Join(" / ", splitter.Words(text).Select(word => word.Replace(' ', '␠')));
    }

    internal static List<string> Words(this Splitter splitter, string text)
    {
        var utf8 = Encoding.UTF8.GetBytes(text);
        var words = new List<string>();
        var ends = new int[70];
        var start = 0;
        for (var position = 0; position < utf8.Length;)
        {
            var count = splitter.Split(utf8, ref position, ends);
            foreach (var end in ends.AsSpan(0, count))
            {
                words.Add(Encoding.UTF8.GetString(utf8[start..end]));
                start = end;
            }
        }

        return words;
    }
}
