using System.IO.Compression;
using System.Text;
using Granary.Testing;

namespace Granary.Pipelines.Corpus.Tests;

/// <summary>Reads small corpora for the tests of this folder.</summary>
internal static class CorpusSample
{
    /// <summary>The documents of one source that reads a file with the given bytes.</summary>
    public static (string[] Texts, SourceReport Report) Read(FileSourceConfig source, string fileName, byte[] content)
    {
        using var folder = new TempFolder();
        File.WriteAllBytes(folder[fileName], content);
        return Read(source with { Paths = [folder[fileName]] });
    }

    /// <summary>The documents of one source that reads a file with the given text.</summary>
    public static (string[] Texts, SourceReport Report) Read(FileSourceConfig source, string fileName, string content)
    {
        return Read(source, fileName, Encoding.UTF8.GetBytes(content));
    }

    /// <summary>The documents of one source.</summary>
    public static (string[] Texts, SourceReport Report) Read(CorpusSourceConfig source)
    {
        var tally = new CorpusTally();
        var texts = ReaderOf(source).Read(tally).Select(TextOf).ToArray();
        return (texts, tally.Report.Sources[0]);
    }

    /// <summary>A reader of some sources on two workers.</summary>
    public static CorpusReader ReaderOf(params CorpusSourceConfig[] sources)
    {
        return ReaderOf(new CorpusConfig { Sources = sources });
    }

    /// <summary>A reader of a configuration on two workers.</summary>
    public static CorpusReader ReaderOf(CorpusConfig config, TimeProvider? time = null, int workers = 2)
    {
        return new CorpusReader(config, new PathPlaceholders(), time ?? TimeProvider.System, workers);
    }

    /// <summary>A document's text.</summary>
    public static string TextOf(Document document)
    {
        return Encoding.UTF8.GetString(document.Text.Span);
    }

    /// <summary>A text source that keeps everything it can.</summary>
    public static TextSourceConfig Text(params string[] paths)
    {
        return new TextSourceConfig { Name = "text", Paths = paths, ErrorBudget = 1 };
    }

    /// <summary>A source of JSON lines that keeps everything it can.</summary>
    public static JsonLinesSourceConfig JsonLines(params string[] paths)
    {
        return new JsonLinesSourceConfig { Name = "lines", Paths = paths, ErrorBudget = 1 };
    }

    /// <summary>Some bytes, packed.</summary>
    public static byte[] Gzip(byte[] content)
    {
        using var packed = new MemoryStream();
        using (var gzip = new GZipStream(packed, CompressionLevel.Optimal, leaveOpen: true))
        {
            gzip.Write(content);
        }

        return packed.ToArray();
    }
}
