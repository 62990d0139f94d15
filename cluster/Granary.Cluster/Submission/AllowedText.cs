using System.Text.RegularExpressions;
using Granary.Core.Configuration;

namespace Granary.Cluster.Submission;

/// <summary>Which text may go to a scheduler. None of it means anything to a shell, even if one came to see it.</summary>
internal static partial class AllowedText
{
    /// <summary>What a name is, in words.</summary>
    public const string NameRule = "1 to 64 letters, digits, '.', '_' or '-', beginning with a letter or digit";

    /// <summary>What a value is, in words.</summary>
    public const string ValueRule = "1 to 128 letters, digits or '.', '_', ':', ',', '=', '/', '@', '+', '-', not beginning with '-'";

    /// <summary>What a path is, in words.</summary>
    public const string PathRule = "an absolute path of at most 1024 letters, digits or '.', '_', ':', ',', '=', '/', '@', '+', '-'";

    /// <summary>Whether a job may be called so.</summary>
    public static bool IsName(string text) => Name().IsMatch(text);

    /// <summary>Whether it may stand behind an option.</summary>
    public static bool IsValue(string text) => Value().IsMatch(text);

    /// <summary>Whether a file or folder may be named to a scheduler by this path.</summary>
    public static bool IsPath(string text) => RootedPath().IsMatch(text);

    /// <summary>Whether a variable may be called so.</summary>
    public static bool IsVariable(string text) => Variable().IsMatch(text);

    /// <summary>Checks an optional value.</summary>
    public static void RequireValue(string? value, string path, ConfigurationErrors errors)
    {
        errors.Require(value is null || IsValue(value), path, value, ValueRule);
    }

    /// <summary>Checks variables for a job's environment; values may be any text, as no scheduler sees them.</summary>
    public static void RequireVariables(IReadOnlyDictionary<string, string> variables, string path, ConfigurationErrors errors)
    {
        foreach (var (name, value) in variables)
        {
            errors.Require(IsVariable(name), $"{path}.{name}", value, "for a variable's name: letters, digits and '_', not beginning with a digit");
            errors.Require(!value.Contains('\0', StringComparison.Ordinal), $"{path}.{name}", "text with a NUL", "text without one");
        }
    }

    /// <summary>Gives a path back if it may be named to a scheduler.</summary>
    /// <exception cref="SubmissionException">It may not.</exception>
    public static string CheckedPath(string run, string path)
    {
        return IsPath(path)
            ? path
            : throw new SubmissionException(run, $"The path '{path}' cannot be named to the scheduler; allowed is {PathRule}. Move the runs (--runs), or submit from another folder.");
    }

    [GeneratedRegex(@"\A[A-Za-z0-9][A-Za-z0-9._-]{0,63}\z", RegexOptions.NonBacktracking)]
    private static partial Regex Name();

    [GeneratedRegex(@"\A[A-Za-z0-9._:,=/@+][A-Za-z0-9._:,=/@+-]{0,127}\z", RegexOptions.NonBacktracking)]
    private static partial Regex Value();

    [GeneratedRegex(@"\A/[A-Za-z0-9._:,=/@+-]{0,1023}\z", RegexOptions.NonBacktracking)]
    private static partial Regex RootedPath();

    [GeneratedRegex(@"\A[A-Za-z_][A-Za-z0-9_]{0,127}\z", RegexOptions.NonBacktracking)]
    private static partial Regex Variable();
}
