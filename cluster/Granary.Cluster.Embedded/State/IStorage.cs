namespace Orleans.Core;

/// <summary>A record of a grain's state in its storage.</summary>
public interface IStorage
{
    /// <summary>The version that was read or written last; null where there is none.</summary>
    string? Etag { get; }

    /// <summary>Whether the storage has the record.</summary>
    bool RecordExists { get; }

    /// <summary>Takes the record out of the storage.</summary>
    /// <exception cref="Storage.InconsistentStateException">The record is of another version.</exception>
    Task ClearStateAsync();

    /// <summary>Writes the state.</summary>
    /// <exception cref="Storage.InconsistentStateException">The record is of another version.</exception>
    Task WriteStateAsync();

    /// <summary>Reads the state in place of the one at hand.</summary>
    Task ReadStateAsync();

    /// <summary>Takes the record out of the storage.</summary>
    /// <exception cref="Storage.InconsistentStateException">The record is of another version.</exception>
    Task ClearStateAsync(CancellationToken cancellationToken) => ClearStateAsync();

    /// <summary>Writes the state.</summary>
    /// <exception cref="Storage.InconsistentStateException">The record is of another version.</exception>
    Task WriteStateAsync(CancellationToken cancellationToken) => WriteStateAsync();

    /// <summary>Reads the state in place of the one at hand.</summary>
    Task ReadStateAsync(CancellationToken cancellationToken) => ReadStateAsync();
}
