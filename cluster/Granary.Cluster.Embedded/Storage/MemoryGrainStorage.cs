using System.Globalization;
using System.Text.Json;
using Orleans.Runtime;

namespace Orleans.Storage;

/// <summary>Keeps grains' state in memory as JSON, so that a grain gets back what a storage would give it. It ends with the process.</summary>
public sealed class MemoryGrainStorage : IGrainStorage
{
    private readonly Dictionary<(GrainId Grain, string State), (byte[] Json, long Version)> _records = [];
    private readonly Lock _lock = new(); // guards _records and _version
    private long _version; // of no two records the same, so that a record made anew has an ETag of its own

    /// <inheritdoc/>
    public Task ReadStateAsync<T>(string stateName, GrainId grainId, IGrainState<T> grainState)
    {
        ArgumentNullException.ThrowIfNull(grainState);
        lock (_lock)
        {
            grainState.RecordExists = _records.TryGetValue((grainId, stateName), out var record);
            grainState.ETag = grainState.RecordExists ? EtagOf(record.Version) : null;
            grainState.State = grainState.RecordExists ? JsonSerializer.Deserialize<T>(record.Json) : Activator.CreateInstance<T>();
        }

        return Task.CompletedTask;
    }

    /// <inheritdoc/>
    public Task WriteStateAsync<T>(string stateName, GrainId grainId, IGrainState<T> grainState)
    {
        ArgumentNullException.ThrowIfNull(grainState);
        lock (_lock)
        {
            Require(stateName, grainId, grainState.ETag);
            _records[(grainId, stateName)] = (JsonSerializer.SerializeToUtf8Bytes(grainState.State), ++_version);
            (grainState.ETag, grainState.RecordExists) = (EtagOf(_version), true);
        }

        return Task.CompletedTask;
    }

    /// <inheritdoc/>
    public Task ClearStateAsync<T>(string stateName, GrainId grainId, IGrainState<T> grainState)
    {
        ArgumentNullException.ThrowIfNull(grainState);
        lock (_lock)
        {
            Require(stateName, grainId, grainState.ETag);
            _records.Remove((grainId, stateName));
        }

        (grainState.State, grainState.ETag, grainState.RecordExists) = (Activator.CreateInstance<T>(), null, false);
        return Task.CompletedTask;
    }

    private static string EtagOf(long version) => version.ToString(CultureInfo.InvariantCulture);

    private void Require(string stateName, GrainId grainId, string? etag)
    {
        var stored = _records.TryGetValue((grainId, stateName), out var record) ? EtagOf(record.Version) : null;
        if (stored != etag)
        {
            throw new InconsistentStateException($"State '{stateName}' of grain '{grainId}' is of version '{stored}', but was to be '{etag}'; read it again.", stored, etag);
        }
    }
}
