namespace Granary.Core.Configuration;

/// <summary>A configuration file that cannot be used, with every fault found in it.</summary>
public sealed class ConfigurationException : Exception
{
    private const int MaxListed = 50; // a file of another kind may have a fault in each line

    /// <summary>Creates the exception for a file and its faults.</summary>
    public ConfigurationException(string file, IReadOnlyList<string> errors)
        : base(Describe(file, errors))
    {
        File = file;
        Errors = errors;
    }

    /// <summary>The file, or a word for where the text came from.</summary>
    public string File { get; }

    /// <summary>The faults, each a full sentence.</summary>
    public IReadOnlyList<string> Errors { get; }

    private static string Describe(string file, IReadOnlyList<string> errors)
    {
        if (errors.Count == 1)
        {
            return $"{file}: {errors[0]}";
        }

        var listed = string.Concat(errors.Take(MaxListed).Select(error => $"{Environment.NewLine}  - {error}"));
        var rest = errors.Count > MaxListed ? $"{Environment.NewLine}  and {errors.Count - MaxListed} more." : string.Empty;
        return $"{file} has {errors.Count} faults:{listed}{rest}";
    }
}
