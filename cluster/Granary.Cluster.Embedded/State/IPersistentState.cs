using Orleans.Core;

namespace Orleans.Runtime;

/// <summary>A grain's state by the side of the grain: a constructor's parameter that <see cref="PersistentStateAttribute"/> names.</summary>
public interface IPersistentState<TState> : IStorage<TState>;
