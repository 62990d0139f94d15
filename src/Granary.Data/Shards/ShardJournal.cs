using System.Globalization;
using System.Text;
using Granary.Core.Files;

namespace Granary.Data.Shards;

/// <summary>
/// The finished parts of a build that is under way, a line each, so that a build that was killed goes on behind the last
/// of them. README.md beside this file describes the lines.
/// </summary>
/// <remarks>One build at a time may use a folder.</remarks>
public sealed class ShardJournal : IDisposable
{
    /// <summary>The name a journal has in its folder.</summary>
    public const string FileName = "build.journal";

    private const int ChecksumDigits = 8;

    private readonly string _folder;
    private readonly string _build;
    private readonly List<ShardManifest> _parts = [];
    private long _length;      // of the lines that count; what lies behind them is torn or of no use
    private FileStream? _file; // opened with the first part that is added

    private ShardJournal(string folder, string build)
    {
        _folder = folder;
        _build = build;
    }

    /// <summary>The parts that are finished, in the order of the documents.</summary>
    public IReadOnlyList<ShardManifest> Parts => _parts;

    private string FilePath => Path.Combine(_folder, FileName);

    /// <summary>
    /// Takes up the journal in a folder. A line that is torn or whose shards are not there ends it; a journal of another
    /// build is removed. <paramref name="build"/> is the hash of everything that decides the bytes.
    /// </summary>
    public static ShardJournal Open(string folder, string build)
    {
        var journal = new ShardJournal(folder, build);
        if (File.Exists(journal.FilePath) && !journal.Read(File.ReadAllBytes(journal.FilePath)))
        {
            File.Delete(journal.FilePath);
        }

        return journal;
    }

    /// <summary>Adds a part whose shards are published, and waits until the line is on the device.</summary>
    public void Append(ShardManifest part)
    {
        if (_file is null)
        {
            _file = new FileStream(FilePath, FileMode.OpenOrCreate, FileAccess.Write, FileShare.Read, bufferSize: 0);
            _file.SetLength(_length);
            _file.Position = _length;
            if (_length == 0)
            {
                WriteLine(Heading());
            }
        }

        WriteLine(part.ToJsonLine());
        _file.Flush(flushToDisk: true);
        DirectorySync.Sync(_folder);
        _parts.Add(part);
    }

    /// <summary>Removes the journal of a build whose manifest stands.</summary>
    public void Delete()
    {
        Dispose();
        File.Delete(FilePath);
    }

    /// <summary>Closes the file; what it holds stays for the next build.</summary>
    public void Dispose()
    {
        _file?.Dispose();
        _file = null;
    }

    private byte[] Heading()
    {
        return Encoding.ASCII.GetBytes($"build 1 {_build}");
    }

    // False when the journal is of another build, or of none.
    private bool Read(ReadOnlySpan<byte> bytes)
    {
        if (!TryReadLine(bytes, out var heading) || !heading.SequenceEqual(Heading()))
        {
            return false;
        }

        _length = LineLength(heading);
        while (TryReadLine(bytes[(int)_length..], out var json) && ShardManifest.ParseLine(json) is { } part && HasItsShards(part))
        {
            _parts.Add(part);
            _length += LineLength(json);
        }

        return true;
    }

    private bool HasItsShards(ShardManifest part)
    {
        return part.Buckets.SelectMany(bucket => bucket.Shards)
            .All(shard => new FileInfo(Path.Combine(_folder, shard.File)) is { Exists: true } file && file.Length == shard.Bytes);
    }

    private void WriteLine(byte[] content)
    {
        _file!.Write([.. ChecksumOf(content), (byte)' ', .. content, (byte)'\n']);
    }

    private static byte[] ChecksumOf(ReadOnlySpan<byte> content)
    {
        return Encoding.ASCII.GetBytes(Crc32C.Compute(content).ToString("x8", CultureInfo.InvariantCulture));
    }

    private static int LineLength(ReadOnlySpan<byte> content)
    {
        return ChecksumDigits + " ".Length + content.Length + "\n".Length;
    }

    private static bool TryReadLine(ReadOnlySpan<byte> bytes, out ReadOnlySpan<byte> content)
    {
        content = default;
        var end = bytes.IndexOf((byte)'\n');
        if (end <= ChecksumDigits || bytes[ChecksumDigits] != (byte)' ')
        {
            return false;
        }

        content = bytes[(ChecksumDigits + 1)..end];
        return bytes[..ChecksumDigits].SequenceEqual(ChecksumOf(content));
    }
}
