using System.Text;
using System.Xml;
using Granary.Core;

namespace Granary.Pipelines.Corpus;

/// <summary>The reading of one file: its documents by way of a queue, then what the file turned out to be.</summary>
internal sealed class FileRead
{
    private readonly CorpusSourceConfig _config;
    private readonly int _source;

    public FileRead(CorpusSourceConfig config, int source, CorpusFile listed)
    {
        _config = config;
        _source = source;
        Listed = listed;
    }

    /// <summary>The file as it was listed, or as an earlier reading found it.</summary>
    public CorpusFile Listed { get; }

    /// <summary>The documents.</summary>
    public BatchQueue Batches { get; } = new();

    /// <summary>The hash of the whole file; there once the queue has ended without a fault.</summary>
    public string? Sha256 { get; private set; }

    /// <summary>Reads the file into the queue; every fault goes there too.</summary>
    public void Run()
    {
        try
        {
            var sink = new DocumentSink(_config, _source, Listed.Path, Batches.Add);
            try
            {
                ReadInto(sink);
            }
            catch (Exception exception) when (Explain(exception) is { } message)
            {
                // Of a damaged file nobody knows how much is lost, so all of it counts.
                sink.Drop(DropReason.UnreadableFile, message, LineOf(exception), -1, Math.Max(0, Listed.Bytes), exception);
            }

            sink.Deliver();
            Batches.Complete();
        }
        catch (OperationCanceledException)
        {
            Batches.Complete();
        }
        catch (Exception exception)
        {
            // Not hidden: the taker throws it.
            Batches.Complete(exception);
        }
    }

    private void ReadInto(DocumentSink sink)
    {
        using var file = new FileStream(Listed.Path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete, bufferSize: 0, FileOptions.SequentialScan);
        using var hashing = new HashingStream(file, sink.CountFileBytes);
        if (Listed.Path.EndsWith(".gz", StringComparison.OrdinalIgnoreCase))
        {
            using var unpacked = new GzipReadStream(hashing);
            _config.CreateReader().Read(unpacked, sink);
        }
        else
        {
            _config.CreateReader().Read(hashing, sink);
        }

        Sha256 = hashing.Finish();
        if (hashing.BytesRead != Listed.Bytes)
        {
            throw new CorpusException(Listed.Path, $"The file has {hashing.BytesRead} bytes, but had {Listed.Bytes} when it was listed: it changed meanwhile. Run again when nobody writes to it.");
        }

        if (hashing.BytesRead == 0)
        {
            sink.Drop(DropReason.Empty, string.Empty, 0, 0, 0);
        }
    }

    private static string? Explain(Exception exception)
    {
        return exception switch
        {
            FileNotFoundException or DirectoryNotFoundException => "The file is gone, or its name is not UTF-8.",
            UnauthorizedAccessException => "The file may not be read. Change its permissions, or leave it out of 'paths'.",
            XmlException xml when xml.Message.Contains("DTD", StringComparison.Ordinal) => "The file declares a document type, which is not read. Remove the declaration.",
            XmlException xml => $"The file is not well-formed XML: {xml.Message}",
            InvalidDataException damage => damage.Message,
            DecoderFallbackException => "The file's text is not in the encoding it declares.",
            IOException io => $"The file could not be read: {io.Message}",
            _ => null,
        };
    }

    private static long LineOf(Exception exception)
    {
        return exception is XmlException xml ? xml.LineNumber : 0;
    }
}
