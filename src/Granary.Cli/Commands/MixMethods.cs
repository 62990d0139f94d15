using System.CommandLine;
using System.Globalization;
using System.Text.Json.Nodes;
using Granary.Core.Configuration;
using Granary.Core.Randomness;
using Granary.Pipelines.Climb.Search;
using Granary.Pipelines.Climb.Statistics;

namespace Granary.Cli.Commands;

/// <summary>What the commands that compare search methods have in common.</summary>
internal static class MixMethods
{
    /// <summary>The option that names methods.</summary>
    internal static Option<string> Option(string name, string description, string value)
    {
        return new Option<string>(name) { Description = $"{description} Known: {string.Join(", ", SearchMethods.Names)}; or a YAML file that holds a search section by itself.", DefaultValueFactory = _ => value };
    }

    /// <summary>The methods that are meant.</summary>
    /// <exception cref="ConfigurationException">One is unknown, or named twice.</exception>
    internal static IReadOnlyList<string> Names(string text)
    {
        var names = text.Split(',', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);
        var errors = new ConfigurationErrors();
        foreach (var name in names)
        {
            errors.Require(SearchMethods.Names.Contains(name) || SearchMethods.IsFile(name), "method", name, $"one of {string.Join(", ", SearchMethods.Names)}, or a YAML file that holds a search");
        }

        errors.Require(names.Length > 0 && names.Distinct().Count() == names.Length, "methods", text, "one or more that differ");
        errors.ThrowIfAny("mix");
        return names;
    }

    /// <summary>Numbers as JSON has them.</summary>
    internal static JsonArray Numbers(IEnumerable<double> numbers)
    {
        return new JsonArray([.. numbers.Select(number => (JsonNode)number)]);
    }

    /// <summary>How far the others lie above the first, seed by seed.</summary>
    internal static JsonObject Compared(string what, string firstName, IReadOnlyList<double> first, string otherName, IReadOnlyList<double> other)
    {
        var interval = IntervalOf(first, other);
        return new JsonObject
        {
            ["what"] = what,
            ["method"] = firstName,
            ["other"] = otherName,
            ["other_minus_method"] = interval.Mean,
            ["low"] = double.IsNaN(interval.Low) ? null : interval.Low,
            ["high"] = double.IsNaN(interval.High) ? null : interval.High,
        };
    }

    /// <summary>The same as words; a dash for the first itself.</summary>
    internal static string IntervalText(IReadOnlyList<double> first, IReadOnlyList<double> other)
    {
        if (ReferenceEquals(first, other))
        {
            return "-";
        }

        var interval = IntervalOf(first, other);
        var ends = double.IsNaN(interval.Low) ? "one seed tells no interval" : string.Create(CultureInfo.InvariantCulture, $"{interval.Low:+0.0000;-0.0000} to {interval.High:+0.0000;-0.0000}");
        return string.Create(CultureInfo.InvariantCulture, $"{interval.Mean:+0.0000;-0.0000} ({ends})");
    }

    /// <summary>The middle of some numbers; NaN where one is.</summary>
    internal static double Median(IReadOnlyList<double> numbers)
    {
        return numbers.Any(double.IsNaN) ? double.NaN : Benchmarks.Median.Of(numbers);
    }

    /// <summary>A number with four decimals.</summary>
    internal static string Text(double number)
    {
        return number.ToString("F4", CultureInfo.InvariantCulture);
    }

    private static ConfidenceInterval IntervalOf(IReadOnlyList<double> first, IReadOnlyList<double> other)
    {
        return PairedBootstrap.Of(other, first, RandomKey.FromSeed(1).Use("comparison"));
    }
}
