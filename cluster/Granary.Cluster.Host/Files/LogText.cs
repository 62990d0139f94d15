using System.Text;
using System.Text.RegularExpressions;

namespace Granary.Cluster.Host.Files;

/// <summary>What a program printed, made safe to show in a terminal: without escape sequences and without control characters but tabs and line breaks.</summary>
internal static partial class LogText
{
    internal static string Plain(ReadOnlySpan<byte> printed)
    {
        // UTF-8 that is none becomes the replacement character.
        return Control().Replace(Escape().Replace(Encoding.UTF8.GetString(printed), string.Empty), string.Empty);
    }

    // CSI, then OSC and the other strings up to their end, then sequences of two characters.
    [GeneratedRegex(@"\x1b\[[0-?]*[ -/]*[@-~]|\x1b[\]PX^_][^\x07\x1b\x9c]*(?:\x07|\x1b\\|\x9c)?|\x9b[0-?]*[ -/]*[@-~]|\x1b[ -/]*[0-~]", RegexOptions.CultureInvariant)]
    private static partial Regex Escape();

    // Also the marks that turn the direction of text around, which can make a line read as another.
    [GeneratedRegex(@"[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]", RegexOptions.CultureInvariant)]
    private static partial Regex Control();
}
