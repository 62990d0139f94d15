using Granary.Core;
using Granary.Pipelines.Native.DuckDb;

namespace Granary.Pipelines.Corpus;

/// <summary>
/// What the parts of one file are read with. A file of several parts has a database of its own, which parses its footer
/// once and is closed with the last part; where reading ends before that, it is closed with what is collected as garbage.
/// </summary>
internal sealed class ParquetDatabase
{
    private readonly DuckDbDatabase _database;
    private readonly bool _isOwn;
    private int _partsLeft = 1;

    /// <summary>Opens what a file of one part, or of several, is read with.</summary>
    /// <exception cref="CorpusException">DuckDB's library is missing.</exception>
    public ParquetDatabase(string file, bool isInParts)
    {
        _isOwn = isInParts;
        try
        {
            _database = isInParts ? new DuckDbDatabase(keepsFooters: true) : DuckDbDatabase.Shared;
        }
        catch (DuckDbException exception)
        {
            throw new CorpusException(file, exception.Message, inner: exception);
        }
    }

    /// <summary>Opens a connection for one thread.</summary>
    public DuckDbConnection Connect()
    {
        return _database.Connect();
    }

    /// <summary>Says, before the first part is read, how many there are.</summary>
    public void ExpectParts(int count)
    {
        _partsLeft = count;
    }

    /// <summary>Says that a part is read, or cannot be.</summary>
    public void EndPart()
    {
        if (Interlocked.Decrement(ref _partsLeft) == 0 && _isOwn)
        {
            _database.Dispose();
        }
    }
}
