namespace Granary.Core.Configuration;

/// <summary>A configuration file that cannot be used, with every fault found in it.</summary>
public sealed class ConfigurationException : Exception
{
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
        return errors.Count == 1
            ? $"{file}: {errors[0]}"
            : $"{file} has {errors.Count} faults:{string.Concat(errors.Select(error => $"{Environment.NewLine}  - {error}"))}";
    }
}
