using System.Globalization;
using Granary.Core.Configuration;

namespace Granary.Distributed.Ranks;

/// <summary>Reads variables of the environment and collects what is wrong with them.</summary>
internal sealed class VariableReader
{
    private const string Place = "environment";
    private const string Remedy = "Set all of the launcher's variables, or none to run one process";

    private readonly IReadOnlyDictionary<string, string> _variables;
    private readonly IReadOnlyList<string> _names;
    private readonly ConfigurationErrors _errors = new();

    /// <summary>Creates a reader of one launcher's variables, whose names are given.</summary>
    public VariableReader(IReadOnlyDictionary<string, string> variables, IReadOnlyList<string> names)
    {
        _variables = variables;
        _names = names;
    }

    /// <summary>Whether nothing was wrong so far.</summary>
    public bool IsSound => _errors.Errors.Count == 0;

    /// <summary>A whole number of at least so much; null where it is none.</summary>
    public int? Number(string name, int least, int most = int.MaxValue)
    {
        return Checked(name, least, most, most == int.MaxValue ? $"a whole number of {least} or more" : $"a whole number from {least} to {most}");
    }

    /// <summary>A whole number from 0 to below a count that another variable gives; null where it is none.</summary>
    public int? Index(string name, int? count, string countName)
    {
        return Checked(name, 0, count - 1 ?? int.MaxValue, $"a whole number from 0 to below {countName} ('{count}')");
    }

    /// <summary>A text that is not empty.</summary>
    public string Text(string name, string meaning)
    {
        if (!_variables.TryGetValue(name, out var text))
        {
            Miss(name);
            return string.Empty;
        }

        _errors.Require(text.Length > 0, name, text, meaning);
        return text;
    }

    /// <summary>Adds a fault that concerns several variables.</summary>
    public void Require(bool holds, string sentence)
    {
        if (!holds)
        {
            _errors.Add(sentence);
        }
    }

    /// <summary>Throws what was wrong.</summary>
    public void ThrowIfAny()
    {
        _errors.ThrowIfAny(Place);
    }

    private int? Checked(string name, int least, int most, string allowed)
    {
        if (!_variables.TryGetValue(name, out var text))
        {
            Miss(name);
            return null;
        }

        var isNumber = int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var value) && value >= least && value <= most;
        _errors.Require(isNumber, name, text, allowed);
        return isNumber ? value : null;
    }

    private void Miss(string name)
    {
        var present = _names.Where(_variables.ContainsKey);
        _errors.Add($"'{name}' is not set, but others of the same launcher are ({string.Join(", ", present)}). {Remedy}.");
    }
}
