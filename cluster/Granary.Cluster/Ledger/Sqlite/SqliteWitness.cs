using System.Buffers.Binary;

namespace Granary.Cluster.Ledger.Sqlite;

/// <summary>
/// A small file beside the database that says how far it had come. A database that has come less far is an older copy, and
/// tokens that it grants would be twins of tokens that are still held.
/// </summary>
/// <remarks>
/// It is written behind each grant and not synced: a power cut may leave it behind the database, never before it, so that it
/// never accuses the true one. It must not be restored together with the database; where it is missing, the copy counts as restored.
/// </remarks>
internal sealed class SqliteWitness
{
    private const int Length = 24;

    private readonly string _file;

    public SqliteWitness(string database)
    {
        _file = $"{database}.witness";
    }

    /// <summary>Whether the database that says this of itself is the one that the file knows, and not behind it.</summary>
    public bool Confirms(Guid identity, long grants)
    {
        if (!File.Exists(_file) || File.ReadAllBytes(_file) is not { Length: Length } bytes)
        {
            return false;
        }

        return new Guid(bytes.AsSpan(0, 16)) == identity && BinaryPrimitives.ReadInt64LittleEndian(bytes.AsSpan(16)) <= grants;
    }

    /// <summary>Notes how far the database has come.</summary>
    public void Note(Guid identity, long grants)
    {
        Span<byte> bytes = stackalloc byte[Length];
        identity.TryWriteBytes(bytes);
        BinaryPrimitives.WriteInt64LittleEndian(bytes[16..], grants);
        using var file = File.OpenHandle(_file, FileMode.OpenOrCreate, FileAccess.Write, FileShare.ReadWrite);
        RandomAccess.Write(file, bytes, 0);
    }
}
