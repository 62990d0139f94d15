using Orleans;
using Orleans.Runtime;
using Orleans.Storage;

namespace Granary.Cluster.Ledger;

/// <summary>Grains' state as JSON in the ledger's database. A record's ETag is drawn at each write, so that one that was taken out and written anew is never taken for the one before.</summary>
internal sealed class LedgerGrainStorage : IGrainStorage
{
    private readonly IStatements _statements;

    public LedgerGrainStorage(IStatements statements)
    {
        _statements = statements;
    }

    /// <inheritdoc/>
    public async Task ReadStateAsync<T>(string stateName, GrainId grainId, IGrainState<T> grainState)
    {
        var found = await FindAsync(stateName, grainId);
        grainState.State = found.State is null ? Activator.CreateInstance<T>() : LedgerJson.Read<T>(found.State);
        grainState.ETag = found.ETag;
        grainState.RecordExists = found.ETag is not null;
    }

    /// <inheritdoc/>
    public async Task WriteStateAsync<T>(string stateName, GrainId grainId, IGrainState<T> grainState)
    {
        var etag = Guid.NewGuid().ToString("N");
        var state = LedgerJson.Write(grainState.State);
        var written = grainState.ETag is null
            ? await ExecuteAsync("INSERT INTO grain_state (name, grain, etag, state) VALUES ($1, $2, $3, $4) ON CONFLICT DO NOTHING", stateName, grainId, etag, state)
            : await ExecuteAsync("UPDATE grain_state SET etag = $3, state = $4 WHERE name = $1 AND grain = $2 AND etag = $5", stateName, grainId, etag, state, grainState.ETag);
        await CheckAsync(written, stateName, grainId, grainState);
        grainState.ETag = etag;
        grainState.RecordExists = true;
    }

    /// <inheritdoc/>
    public async Task ClearStateAsync<T>(string stateName, GrainId grainId, IGrainState<T> grainState)
    {
        var isThere = grainState.ETag is null
            ? (await FindAsync(stateName, grainId)).ETag is null
            : await ExecuteAsync("DELETE FROM grain_state WHERE name = $1 AND grain = $2 AND etag = $3", stateName, grainId, grainState.ETag);
        await CheckAsync(isThere, stateName, grainId, grainState);
        grainState.State = Activator.CreateInstance<T>();
        grainState.ETag = null;
        grainState.RecordExists = false;
    }

    private async Task<(string? ETag, string? State)> FindAsync(string stateName, GrainId grainId)
    {
        var found = await _statements.QueryAsync(
            "SELECT etag, state FROM grain_state WHERE name = $1 AND grain = $2",
            row => (row.GetString(0), row.GetString(1)),
            [stateName, grainId.ToString()],
            CancellationToken.None);
        return found.Count == 0 ? default : found[0];
    }

    private async Task<bool> ExecuteAsync(string sql, string stateName, GrainId grainId, params object?[] values)
    {
        return await _statements.ExecuteAsync(sql, [stateName, grainId.ToString(), .. values], CancellationToken.None) == 1;
    }

    private async Task CheckAsync<T>(bool isOurs, string stateName, GrainId grainId, IGrainState<T> grainState)
    {
        if (!isOurs)
        {
            var stored = (await FindAsync(stateName, grainId)).ETag;
            throw new InconsistentStateException(
                $"The record '{stateName}' of '{grainId}' has the ETag '{stored}' where '{grainState.ETag}' was expected; read it again.", stored, grainState.ETag);
        }
    }
}
