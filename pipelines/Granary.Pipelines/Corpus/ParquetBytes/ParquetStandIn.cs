using System.Buffers.Binary;
using System.Globalization;
using Microsoft.Win32.SafeHandles;

namespace Granary.Pipelines.Corpus.ParquetBytes;

/// <summary>
/// A file that stands in for some columns of a Parquet file: their pages at the same places, holes for all else, and a footer
/// by which the text is a column of bytes, which DuckDB gives out unchecked. It has no name, so it is gone when it is closed.
/// </summary>
internal sealed class ParquetStandIn : IDisposable
{
    private const int CopyBytes = 1 << 18;

    private readonly SafeFileHandle _file;

    private ParquetStandIn(SafeFileHandle file)
    {
        _file = file;
    }

    /// <summary>What opens the file while it stands.</summary>
    public string Path => string.Create(CultureInfo.InvariantCulture, $"/proc/self/fd/{_file.DangerousGetHandle()}");

    /// <summary>Makes a file of the chunks of another one.</summary>
    /// <param name="path">The file.</param>
    /// <param name="chunks">The pages that will be asked for.</param>
    /// <param name="text">The column or field that holds the text, by its steps.</param>
    public static ParquetStandIn Create(string path, IEnumerable<ParquetChunk> chunks, ReadOnlySpan<string> text)
    {
        using var source = File.OpenHandle(path);
        var name = System.IO.Path.Combine(System.IO.Path.GetTempPath(), $"granary-{System.IO.Path.GetRandomFileName()}");
        var standIn = new ParquetStandIn(File.OpenHandle(name, FileMode.CreateNew, FileAccess.ReadWrite, FileShare.ReadWrite | FileShare.Delete));
        try
        {
            File.Delete(name);
            standIn.Fill(source, chunks, ParquetFooter.WithBytesAt(ParquetFooter.Read(source), text));
            return standIn;
        }
        catch
        {
            standIn.Dispose();
            throw;
        }
    }

    public void Dispose()
    {
        _file.Dispose();
    }

    private void Fill(SafeFileHandle source, IEnumerable<ParquetChunk> chunks, byte[] metadata)
    {
        RandomAccess.Write(_file, ParquetFooter.Mark, 0);
        var buffer = new byte[CopyBytes];
        foreach (var chunk in chunks)
        {
            for (var done = 0L; done < chunk.Bytes;)
            {
                var read = RandomAccess.Read(source, buffer.AsSpan(0, (int)Math.Min(buffer.Length, chunk.Bytes - done)), chunk.Start + done);
                if (read == 0)
                {
                    break; // the file is cut off, which DuckDB will say
                }

                RandomAccess.Write(_file, buffer.AsSpan(0, read), chunk.Start + done);
                done += read;
            }
        }

        var end = new byte[ParquetFooter.EndBytes];
        BinaryPrimitives.WriteInt32LittleEndian(end, metadata.Length);
        ParquetFooter.Mark.CopyTo(end.AsSpan(sizeof(int)));
        RandomAccess.Write(_file, [.. metadata, .. end], RandomAccess.GetLength(source));
    }
}
