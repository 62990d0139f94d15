using System.Globalization;

namespace Granary.Core.Configuration;

/// <summary>Collects every fault of a configuration, so that a user mends them in one pass.</summary>
public sealed class ConfigurationErrors
{
    private readonly List<string> _errors = [];

    /// <summary>The faults so far, each a full sentence.</summary>
    public IReadOnlyList<string> Errors => _errors;

    /// <summary>Adds a fault that names the key, its value and what is allowed, unless <paramref name="holds"/>.</summary>
    public void Require(bool holds, string path, object? value, string allowed)
    {
        if (!holds)
        {
            var text = Convert.ToString(value, CultureInfo.InvariantCulture);
            _errors.Add($"'{path}' is '{text}' but must be {allowed}.");
        }
    }

    /// <summary>Adds a fault in its own words.</summary>
    public void Add(string sentence)
    {
        _errors.Add(sentence);
    }

    /// <summary>Throws a <see cref="ConfigurationException"/> with all faults when there is at least one.</summary>
    public void ThrowIfAny(string file)
    {
        if (_errors.Count > 0)
        {
            throw new ConfigurationException(file, _errors);
        }
    }
}
