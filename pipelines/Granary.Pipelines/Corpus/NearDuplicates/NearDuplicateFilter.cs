using System.Globalization;
using System.Security.Cryptography;
using Granary.Core;

namespace Granary.Pipelines.Corpus.NearDuplicates;

/// <summary>Leaves out the near duplicates that a file names, while documents come by in the order of the corpus.</summary>
/// <remarks>
/// A line of the file is a document, the one it nearly equals and its source, divided by tabs; both documents are counted
/// from 0 among those that are left when equal texts are dropped. Lines are by rising document.
/// </remarks>
internal sealed class NearDuplicateFilter : IDisposable
{
    /// <summary>The name of the file in the stage's folder.</summary>
    internal const string FileName = "near-duplicates.tsv";

    private const int ExamplesOfSource = 5; // as many as a report lists

    private readonly IEnumerator<(NearDuplicate Drop, int Source)> _drops;
    private readonly Dictionary<long, string> _originals; // of the first drops of each source: their places, once they came by
    private bool _hasDrop;
    private long _next;

    private NearDuplicateFilter(string path)
    {
        _originals = Lines(path)
            .Aggregate(new Dictionary<int, List<long>>(), AddExample)
            .SelectMany(source => source.Value)
            .Distinct()
            .ToDictionary(original => original, _ => string.Empty);
        _drops = Lines(path).GetEnumerator();
        _hasDrop = _drops.MoveNext();
    }

    /// <summary>The filter of a manifest; null where the configuration looks for no near duplicates.</summary>
    /// <exception cref="CorpusException">The file is missing, or is not the one that the manifest was made with.</exception>
    internal static NearDuplicateFilter? Of(CorpusManifest manifest, CorpusConfig config)
    {
        if (config.NearDuplicates is null)
        {
            return null;
        }

        var path = Path.Combine(manifest.Folder ?? string.Empty, FileName);
        if (manifest is not { Folder: not null, NearDuplicatesSha256: { } expected } || !File.Exists(path))
        {
            throw new CorpusException(path, "There is no list of near duplicates beside the manifest. Run the corpus stage again.");
        }

        using var stream = File.OpenRead(path);
        return Convert.ToHexStringLower(SHA256.HashData(stream)) == expected
            ? new NearDuplicateFilter(path)
            : throw new CorpusException(path, "The list of near duplicates is not the one that the manifest names. Run the corpus stage again.");
    }

    /// <summary>Whether the next document is left out, and in a sentence why, for the first ones of each source.</summary>
    internal bool IsDropped(Document document, out string reason)
    {
        var place = _next++;
        reason = string.Empty;
        if (_originals.ContainsKey(place))
        {
            _originals[place] = new CorpusException(document.File, string.Empty, document.Line, document.Offset).Message.TrimEnd(' ', ':');
        }

        if (!_hasDrop || _drops.Current.Drop.Document != place)
        {
            return false;
        }

        if (_originals.TryGetValue(_drops.Current.Drop.Original, out var original))
        {
            reason = $"It nearly equals the document of {original}.";
        }

        _hasDrop = _drops.MoveNext();
        return true;
    }

    public void Dispose()
    {
        _drops.Dispose();
    }

    private static Dictionary<int, List<long>> AddExample(Dictionary<int, List<long>> examples, (NearDuplicate Drop, int Source) line)
    {
        if (!examples.TryGetValue(line.Source, out var originals))
        {
            examples.Add(line.Source, originals = []);
        }

        if (originals.Count < ExamplesOfSource)
        {
            originals.Add(line.Drop.Original);
        }

        return examples;
    }

    private static IEnumerable<(NearDuplicate Drop, int Source)> Lines(string path)
    {
        return File.ReadLines(path).Select(line => line.Split('\t')).Select(parts => (
            new NearDuplicate(long.Parse(parts[0], CultureInfo.InvariantCulture), long.Parse(parts[1], CultureInfo.InvariantCulture)),
            int.Parse(parts[2], CultureInfo.InvariantCulture)));
    }
}
