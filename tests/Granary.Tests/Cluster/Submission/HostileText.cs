using System.Text;
using Granary.Core.Randomness;

namespace Granary.Cluster.Submission.Tests;

/// <summary>Random text made of what shells, schedulers and parsers of options take for something else.</summary>
internal static class HostileText
{
    private static readonly string[] Pieces =
    [
        "$(id)", "`id`", ";", "|", "&", ">", "<", "\n", "\r", "\t", "'", "\"", "\\", "*", "?", "[a]", "{a,b}", "~", "#", "!", "%", "%j", "^", "--wrap=id", "-", "--", "=", ",", ":",
        "@", "/", "..", "../", "$HOME", "${IFS}", "\u00e9", "\u202e", "\U0001F600", "\u001b[31m", "\u0007", "a", "B", "7", ".", "_", "tiny", "run-1", " ", "EOF", "<<", "&&", "||", "\u0001",
    ];

    /// <summary>The text of a number; without NUL, which no argument can hold.</summary>
    public static string Of(RandomKey key, long number)
    {
        var text = new StringBuilder();
        var parts = key.Fold(number);
        for (var i = 0L; i < 1 + (long)parts.BelowAt(0, 6); i++)
        {
            text.Append(Pieces[(int)parts.BelowAt(i + 1, (uint)Pieces.Length)]);
        }

        return text.ToString();
    }
}
