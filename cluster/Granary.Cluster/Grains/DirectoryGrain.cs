using Orleans;
using Orleans.Runtime;

namespace Granary.Cluster.Grains;

/// <summary>A list of names in the grain state's storage.</summary>
internal sealed class DirectoryGrain : Grain, IDirectoryGrain
{
    private readonly IPersistentState<DirectoryState> _state;

    public DirectoryGrain([PersistentState("names")] IPersistentState<DirectoryState> state)
    {
        _state = state;
    }

    public Task AddAsync(string name) => KeepAsync(_state.State.Add(name));

    public Task RemoveAsync(string name) => KeepAsync(_state.State.Remove(name));

    public Task<IReadOnlyList<string>> ListAsync() => Task.FromResult(_state.State.Names);

    private Task KeepAsync(DirectoryState state)
    {
        if (state == _state.State)
        {
            return Task.CompletedTask;
        }

        _state.State = state;
        return _state.WriteStateAsync();
    }
}
