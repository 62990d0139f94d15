using System.Globalization;
using Granary.Core;

namespace Granary.Pipelines.Climb.Statistics;

/// <summary>
/// Runs that others made: what each mixed and what it cost on each metric, read from a table of mixtures and a table of
/// losses as RegMix (arXiv 2407.01492) and Olmix (arXiv 2602.12237) publish them. Rows are joined by their first column.
/// </summary>
public sealed class MeasuredRuns
{
    /// <summary>What a target calls the mean of all metrics.</summary>
    public const string Mean = "mean";

    private readonly IReadOnlyDictionary<string, double[]> _metrics;

    private MeasuredRuns(IReadOnlyList<string> keys, IReadOnlyList<string> components, IReadOnlyList<double[]> mixtures, IReadOnlyDictionary<string, double[]> metrics)
    {
        Keys = keys;
        Components = components;
        Mixtures = mixtures;
        _metrics = metrics;
        Metrics = [.. metrics.Keys];
    }

    /// <summary>What the tables call each run, in the mixtures' order.</summary>
    public IReadOnlyList<string> Keys { get; }

    /// <summary>The components' names, in the table's order.</summary>
    public IReadOnlyList<string> Components { get; }

    /// <summary>Each run's weights, made to sum to 1: tables are rounded.</summary>
    public IReadOnlyList<double[]> Mixtures { get; }

    /// <summary>The metrics' names, in the table's order.</summary>
    public IReadOnlyList<string> Metrics { get; }

    /// <summary>Reads two tables with a head line and commas.</summary>
    /// <param name="mixturesPath">The first column names the run, the others are weights.</param>
    /// <param name="lossesPath">The first column names the run, the others are metrics, lower is better.</param>
    /// <exception cref="CorpusException">A table has no rows, a run is in one of them only, or something is no number.</exception>
    public static MeasuredRuns Read(string mixturesPath, string lossesPath)
    {
        var (components, mixtures) = ReadTable(mixturesPath);
        var (metrics, losses) = ReadTable(lossesPath);
        if (mixtures.Keys.FirstOrDefault(key => !losses.ContainsKey(key)) is { } lost)
        {
            throw new CorpusException(lossesPath, $"Run '{lost}' of '{mixturesPath}' has no losses; each run must stand in both tables.");
        }

        if (losses.Keys.FirstOrDefault(key => !mixtures.ContainsKey(key)) is { } stranger)
        {
            throw new CorpusException(mixturesPath, $"Run '{stranger}' of '{lossesPath}' has no mixture; each run must stand in both tables.");
        }

        var keys = mixtures.Keys.ToList();
        var columns = metrics.Select((name, column) => KeyValuePair.Create(name, keys.Select(key => losses[key][column]).ToArray()));
        return new MeasuredRuns(keys, components, [.. keys.Select(key => Normalised(mixtures[key], mixturesPath, key))], new OrderedDictionary<string, double[]>(columns));
    }

    /// <summary>Runs of both, joined by the names of components and metrics.</summary>
    /// <exception cref="ArgumentException">They differ in components or metrics.</exception>
    public MeasuredRuns Append(MeasuredRuns others)
    {
        ArgumentNullException.ThrowIfNull(others);
        if (!Components.ToHashSet().SetEquals(others.Components) || !Metrics.ToHashSet().SetEquals(others.Metrics))
        {
            throw new ArgumentException($"Runs can be joined when they have the same components and metrics; here they are '{string.Join(", ", Components.Concat(Metrics))}' and '{string.Join(", ", others.Components.Concat(others.Metrics))}'.", nameof(others));
        }

        return new MeasuredRuns(
            [.. Keys, .. others.Keys],
            Components,
            [.. Mixtures, .. others.MixturesOf(Components)],
            new OrderedDictionary<string, double[]>(Metrics.Select(name => KeyValuePair.Create(name, (double[])[.. _metrics[name], .. others._metrics[name]]))));
    }

    /// <summary>The mixtures with their weights in another order of the components.</summary>
    /// <exception cref="ArgumentException">A component is unknown.</exception>
    public IReadOnlyList<double[]> MixturesOf(IReadOnlyList<string> components)
    {
        ArgumentNullException.ThrowIfNull(components);
        var places = components.Select(name => Components.ToList().IndexOf(name)).ToArray();
        return places.Contains(-1)
            ? throw new ArgumentException($"The runs have no component '{components[Array.IndexOf(places, -1)]}'. Known: '{string.Join("', '", Components)}'.", nameof(components))
            : [.. Mixtures.Select(weights => places.Select(place => weights[place]).ToArray())];
    }

    /// <summary>What each run cost on a metric, named in full or by a part that only it has, or on the <see cref="Mean"/> of all.</summary>
    /// <exception cref="ArgumentException">No metric, or more than one, is meant.</exception>
    public double[] Scores(string target)
    {
        ArgumentNullException.ThrowIfNull(target);
        if (target == Mean)
        {
            return [.. Keys.Select((_, row) => _metrics.Values.Average(column => column[row]))];
        }

        var meant = _metrics.ContainsKey(target) ? [target] : Metrics.Where(name => name.Contains(target, StringComparison.Ordinal)).ToList();
        return meant.Count == 1
            ? _metrics[meant[0]]
            : throw new ArgumentException($"'{target}' means {meant.Count} of the metrics, but must mean one. Known: '{string.Join("', '", Metrics)}', and '{Mean}' for the mean of all.", nameof(target));
    }

    private static (string[] Columns, OrderedDictionary<string, double[]> Rows) ReadTable(string path)
    {
        var lines = File.ReadAllLines(path);
        var rows = new OrderedDictionary<string, double[]>();
        var columns = lines.Length > 1 ? lines[0].Split(',')[1..] : throw new CorpusException(path, "The table has no rows; it needs a head line and a line for each run.");
        for (var line = 1; line < lines.Length; line++)
        {
            var cells = lines[line].Split(',');
            if (cells.Length != columns.Length + 1)
            {
                throw new CorpusException(path, $"The line has '{cells.Length}' cells, but the head has {columns.Length + 1}.", line + 1);
            }

            if (!rows.TryAdd(cells[0], [.. cells[1..].Select(cell => Number(cell, path, line + 1))]))
            {
                throw new CorpusException(path, $"Run '{cells[0]}' stands here a second time; each run has one line.", line + 1);
            }
        }

        return (columns, rows);
    }

    private static double Number(string cell, string path, int line)
    {
        return double.TryParse(cell, NumberStyles.Float, CultureInfo.InvariantCulture, out var value) && double.IsFinite(value)
            ? value
            : throw new CorpusException(path, $"'{cell}' is no number; leave out runs that failed.", line);
    }

    private static double[] Normalised(double[] weights, string path, string key)
    {
        var sum = weights.Sum();
        return weights.All(weight => weight >= 0) && sum > 0
            ? [.. weights.Select(weight => weight / sum)]
            : throw new CorpusException(path, $"Run '{key}' has the weights '{string.Join(", ", weights)}', but weights are 0 or more, and one of them is more.");
    }
}
