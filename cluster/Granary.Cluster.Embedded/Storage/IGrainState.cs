namespace Orleans;

/// <summary>What a storage reads into and writes from.</summary>
public interface IGrainState<T>
{
    /// <summary>The state.</summary>
    T? State { get; set; }

    /// <summary>The version it was read or written at; null where there is no record.</summary>
    string? ETag { get; set; }

    /// <summary>Whether the storage has the record.</summary>
    bool RecordExists { get; set; }
}
