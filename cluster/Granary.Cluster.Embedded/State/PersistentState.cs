using Orleans.Storage;

namespace Orleans.Runtime;

/// <summary>
/// A grain's state over its storage. Operations follow one another, so that interleaved calls do not conflict with themselves.
/// A storage's failure that is no <see cref="OrleansException"/> comes as the cause of one, as in Orleans.
/// </summary>
internal sealed class PersistentState<TState> : IPersistentState<TState>
{
    private readonly string _name;
    private readonly GrainId _id;
    private readonly IGrainStorage _storage;
    private readonly GrainState<TState> _record = new(Activator.CreateInstance<TState>());
    private Task _last = Task.CompletedTask; // touched in the grain's turns only

    /// <summary>Made by <see cref="PersistentStateFactory"/>, which knows the type only while the program runs.</summary>
    public PersistentState(string name, GrainId id, IGrainStorage storage)
    {
        _name = name;
        _id = id;
        _storage = storage;
    }

    /// <inheritdoc/>
    public TState State
    {
        get => _record.State!;
        set => _record.State = value;
    }

    /// <inheritdoc/>
    public string? Etag => _record.ETag;

    /// <inheritdoc/>
    public bool RecordExists => _record.RecordExists;

    /// <inheritdoc/>
    public Task ReadStateAsync() => ReadStateAsync(CancellationToken.None);

    /// <inheritdoc/>
    public Task WriteStateAsync() => WriteStateAsync(CancellationToken.None);

    /// <inheritdoc/>
    public Task ClearStateAsync() => ClearStateAsync(CancellationToken.None);

    /// <inheritdoc/>
    public Task ReadStateAsync(CancellationToken cancellationToken)
    {
        return InTurn("read", () => _storage.ReadStateAsync(_name, _id, _record), cancellationToken);
    }

    /// <inheritdoc/>
    public Task WriteStateAsync(CancellationToken cancellationToken)
    {
        return InTurn("write", () => _storage.WriteStateAsync(_name, _id, _record), cancellationToken);
    }

    /// <inheritdoc/>
    public Task ClearStateAsync(CancellationToken cancellationToken)
    {
        return InTurn("clear", () => _storage.ClearStateAsync(_name, _id, _record), cancellationToken);
    }

    private Task InTurn(string verb, Func<Task> operation, CancellationToken cancellationToken)
    {
        _last = AfterAsync(_last, verb, operation, cancellationToken);
        return _last;
    }

    private async Task AfterAsync(Task previous, string verb, Func<Task> operation, CancellationToken cancellationToken)
    {
        await previous.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing | ConfigureAwaitOptions.ContinueOnCapturedContext);
        cancellationToken.ThrowIfCancellationRequested();
        try
        {
            await operation();
        }
        catch (Exception failure) when (failure is not OrleansException)
        {
            throw new OrleansException($"Storage '{_storage.GetType().Name}' could not {verb} the state '{_name}' of grain '{_id}': {failure.Message}", failure);
        }
    }
}
