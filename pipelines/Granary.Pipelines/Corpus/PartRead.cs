using System.Text;
using System.Xml;

namespace Granary.Pipelines.Corpus;

/// <summary>The reading of one part of a file: its documents by way of a queue, then what its bytes turned out to be.</summary>
internal sealed class PartRead
{
    private readonly CorpusSourceConfig _config;
    private readonly ISourceFormat _format;
    private readonly int _source;

    public PartRead(CorpusSourceConfig config, ISourceFormat format, int source, FilePart part, long queueBytes)
    {
        _config = config;
        _format = format;
        _source = source;
        Part = part;
        Batches = new BatchQueue(queueBytes);
    }

    /// <summary>Which part.</summary>
    public FilePart Part { get; }

    /// <summary>The documents.</summary>
    public BatchQueue Batches { get; }

    /// <summary>What the part's bytes are; there once the queue has ended, null when the part could not be read to its end.</summary>
    public PartDigest? Digest { get; private set; }

    /// <summary>Reads the part into the queue; every fault goes there too.</summary>
    public void Run(CancellationToken stop)
    {
        // A cancelled taker must not wait for a batch that nobody will bring, nor this worker for a taker.
        using var abandoned = stop.Register(Batches.Abandon);
        try
        {
            var sink = new DocumentSink(_config, _source, Part.File.Path, Batches.Add) { Stop = stop };
            try
            {
                Digest = _format.Read(Part, sink);
            }
            catch (Exception exception) when (Explain(exception) is { } message)
            {
                // Of a damaged file nobody knows how much is lost, so all that follows counts.
                sink.Drop(DropReason.UnreadableFile, message, LineOf(exception), -1, Math.Max(0, Part.File.Bytes - Part.Start), exception);
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
