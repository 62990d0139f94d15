using Orleans.Runtime;

namespace Orleans;

/// <summary>What all grains are called through.</summary>
public interface IGrain : IAddressable;
