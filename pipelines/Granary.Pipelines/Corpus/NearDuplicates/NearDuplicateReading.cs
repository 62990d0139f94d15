using System.Security.Cryptography;
using System.Text;
using Granary.Core.Files;
using Granary.Core.Progress;

namespace Granary.Pipelines.Corpus.NearDuplicates;

/// <summary>The reading before the corpus stage's own: finds near duplicates and writes down which documents they are.</summary>
internal static class NearDuplicateReading
{
    private const string WorkFolder = "near-duplicates.work";

    /// <summary>Reads the whole corpus; the manifest says what was read, and holds the hash of the file of near duplicates.</summary>
    internal static CorpusManifest Run(string folder, CorpusConfig config, CorpusReader reader, IProgress<ProgressUpdate>? progress, CancellationToken cancellationToken)
    {
        var tally = new CorpusTally();
        var firsts = new List<long>(); // of each source: the place of its first document
        using var finder = new NearDuplicateFinder(config.NearDuplicates!, Path.Combine(folder, WorkFolder));
        var signer = new DocumentSigner(config.NearDuplicates!, reader.Workers);
        foreach (var document in signer.Sign(reader.Read(tally, progress, cancellationToken), cancellationToken))
        {
            while (firsts.Count <= document.Source)
            {
                firsts.Add(finder.Count);
            }

            finder.Add(document.HasWords, document.Signature.Span);
        }

        var path = Path.Combine(folder, NearDuplicateFilter.FileName);
        AtomicFile.Write(path, stream => Write(stream, finder.Find(progress, cancellationToken), firsts));
        using var written = File.OpenRead(path);
        return tally.Manifest with { Folder = folder, NearDuplicatesSha256 = Convert.ToHexStringLower(SHA256.HashData(written)) };
    }

    private static void Write(Stream stream, IEnumerable<NearDuplicate> found, List<long> firsts)
    {
        using var writer = new StreamWriter(stream, new UTF8Encoding(false), leaveOpen: true) { NewLine = "\n" };
        var source = 0;
        foreach (var (document, original) in found)
        {
            while (source + 1 < firsts.Count && firsts[source + 1] <= document)
            {
                source++;
            }

            writer.WriteLine(FormattableString.Invariant($"{document}\t{original}\t{source}"));
        }
    }
}
