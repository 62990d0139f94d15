using Orleans.Runtime;

namespace Orleans.Storage;

/// <summary>
/// Keeps grains' state. A write or a clear holds the record's version against <see cref="IGrainState{T}.ETag"/>, null meaning
/// that there is no record, and sets the new one; a read that finds nothing leaves no ETag and a fresh state.
/// </summary>
public interface IGrainStorage
{
    /// <summary>Reads a record into the state.</summary>
    Task ReadStateAsync<T>(string stateName, GrainId grainId, IGrainState<T> grainState);

    /// <summary>Writes a record from the state.</summary>
    /// <exception cref="InconsistentStateException">The record is of another version.</exception>
    Task WriteStateAsync<T>(string stateName, GrainId grainId, IGrainState<T> grainState);

    /// <summary>Takes a record out.</summary>
    /// <exception cref="InconsistentStateException">The record is of another version.</exception>
    Task ClearStateAsync<T>(string stateName, GrainId grainId, IGrainState<T> grainState);
}
