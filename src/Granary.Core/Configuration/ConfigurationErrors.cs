using System.Globalization;

namespace Granary.Core.Configuration;

/// <summary>Collects every fault of a configuration, so that a user mends them in one pass.</summary>
public sealed class ConfigurationErrors
{
    private readonly List<string> _errors = [];
    private readonly IReadOnlyDictionary<string, string>? _places;

    /// <summary>Creates an empty collection.</summary>
    public ConfigurationErrors()
    {
    }

    /// <summary>Creates an empty collection that can say where a key stands: "line 12".</summary>
    internal ConfigurationErrors(IReadOnlyDictionary<string, string> places)
    {
        _places = places;
    }

    /// <summary>The faults so far, each a full sentence.</summary>
    public IReadOnlyList<string> Errors => _errors;

    /// <summary>Adds a fault that names the key, its value and what is allowed, unless <paramref name="holds"/>.</summary>
    public void Require(bool holds, string path, object? value, string allowed)
    {
        if (!holds)
        {
            // The outermost section's path is empty, so its keys arrive as ".key".
            var key = path.TrimStart('.');
            var text = value is null ? "null" : Convert.ToString(value, CultureInfo.InvariantCulture);
            var place = _places is not null && _places.TryGetValue(key, out var known) ? $" ({known})" : string.Empty;
            _errors.Add($"'{key}' is '{text}'{place} but must be {allowed}.");
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
