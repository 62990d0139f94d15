namespace Orleans.Core;

/// <summary>A record of a grain's state, and the state.</summary>
public interface IStorage<TState> : IStorage
{
    /// <summary>The state; as its constructor leaves it where there is no record.</summary>
    TState State { get; set; }
}
