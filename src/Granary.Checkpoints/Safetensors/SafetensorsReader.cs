using System.Buffers.Binary;
using System.IO.MemoryMappedFiles;

namespace Granary.Checkpoints.Safetensors;

/// <summary>
/// Opens a safetensors file by mapping it into memory. The header is checked whole before the first tensor is handed
/// out; the tensors' bytes are read from disk when they are touched.
/// </summary>
public sealed unsafe class SafetensorsReader : IDisposable
{
    private readonly MemoryMappedFile _file;
    private readonly MemoryMappedViewAccessor _view;
    private readonly SafetensorsHeader _header;
    private readonly byte* _data;

    private bool _isDisposed;

    private SafetensorsReader(string path, MemoryMappedFile file, long fileBytes)
    {
        Path = path;
        _file = file;
        _view = file.CreateViewAccessor(0, fileBytes, MemoryMappedFileAccess.Read);
        byte* start = null;
        _view.SafeMemoryMappedViewHandle.AcquirePointer(ref start);
        try
        {
            var headerBytes = HeaderBytes(path, start, fileBytes);
            _data = start + SafetensorsRules.LengthFieldBytes + headerBytes;
            _header = SafetensorsHeader.Parse(
                path,
                new ReadOnlySpan<byte>(start + SafetensorsRules.LengthFieldBytes, headerBytes),
                fileBytes - SafetensorsRules.LengthFieldBytes - headerBytes);
        }
        catch
        {
            Dispose();
            throw;
        }
    }

    /// <summary>The file's path, as it was given.</summary>
    public string Path { get; }

    /// <summary>The file's own notes, its "__metadata__"; empty when it has none.</summary>
    public IReadOnlyDictionary<string, string> Metadata => _header.Metadata;

    /// <summary>The tensors in the order of their bytes in the file.</summary>
    public IReadOnlyList<SafetensorsEntry> Entries => _header.Entries;

    /// <summary>The tensors by name.</summary>
    public IReadOnlyDictionary<string, SafetensorsEntry> ByName => _header.ByName;

    /// <summary>Maps a file and checks its header.</summary>
    /// <exception cref="CheckpointException">The file is absent, is of another format, or breaks a rule of this one.</exception>
    public static SafetensorsReader Open(string path)
    {
        try
        {
            // The length comes from the file's entry before anything is opened: opening a pipe would wait for its writer.
            var length = new FileInfo(path).Length;
            if (length < SafetensorsRules.LengthFieldBytes + 2)
            {
                throw new CheckpointException(path, $"The file has {length} bytes but a safetensors file has at least {SafetensorsRules.LengthFieldBytes + 2}.");
            }

            var file = MemoryMappedFile.CreateFromFile(File.OpenRead(path), null, 0, MemoryMappedFileAccess.Read, HandleInheritability.None, leaveOpen: false);
            return new SafetensorsReader(path, file, length);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            throw new CheckpointException(path, $"The file cannot be read: {exception.Message}", exception);
        }
    }

    /// <summary>A tensor's bytes, little-endian, in row-major order; the span must not outlive this reader.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The tensor has 2 GiB or more: read it in parts.</exception>
    public ReadOnlySpan<byte> Bytes(SafetensorsEntry entry)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThan(entry.Length, int.MaxValue, nameof(entry));
        return Bytes(entry, 0, (int)entry.Length);
    }

    /// <summary>A part of a tensor's bytes; the span must not outlive this reader.</summary>
    public ReadOnlySpan<byte> Bytes(SafetensorsEntry entry, long start, int count)
    {
        ObjectDisposedException.ThrowIf(_isDisposed, this);
        ArgumentOutOfRangeException.ThrowIfNegative(start);
        ArgumentOutOfRangeException.ThrowIfNegative(count);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(start, entry.Length - count);
        if (!ByName.TryGetValue(entry.Name, out var own) || !ReferenceEquals(own, entry))
        {
            throw new ArgumentException($"The tensor '{entry.Name}' is not an entry of '{Path}'.", nameof(entry));
        }

        return new ReadOnlySpan<byte>(_data + entry.Offset + start, count);
    }

    /// <summary>Ends the mapping; spans that were handed out must not be used after it.</summary>
    public void Dispose()
    {
        if (!_isDisposed)
        {
            _isDisposed = true;
            _view.SafeMemoryMappedViewHandle.ReleasePointer();
            _view.Dispose();
            _file.Dispose();
        }
    }

    private static int HeaderBytes(string path, byte* start, long fileBytes)
    {
        // The brace comes before the magic numbers: a header of 640 bytes opens with 80 02, just as a pickle does.
        var length = BinaryPrimitives.ReadUInt64LittleEndian(new ReadOnlySpan<byte>(start, SafetensorsRules.LengthFieldBytes));
        if (start[SafetensorsRules.LengthFieldBytes] != '{')
        {
            var head = new ReadOnlySpan<byte>(start, (int)Math.Min(fileBytes, 16));
            throw new CheckpointException(path, ForeignFormat.Describe(head) ?? "The file is not safetensors: its header does not begin with '{'.");
        }

        if (length > SafetensorsRules.MaxHeaderBytes)
        {
            throw new CheckpointException(path, $"The header claims '{length}' bytes but at most {SafetensorsRules.MaxHeaderBytes} are allowed.");
        }

        return length <= (ulong)(fileBytes - SafetensorsRules.LengthFieldBytes)
            ? (int)length
            : throw new CheckpointException(path, $"The header claims '{length}' bytes but only {fileBytes - SafetensorsRules.LengthFieldBytes} follow; the file is cut short, so copy or download it again.");
    }
}
