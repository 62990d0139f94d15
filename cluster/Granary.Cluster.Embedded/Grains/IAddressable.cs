namespace Orleans.Runtime;

/// <summary>Anything that has a grain's id: grains and references to them.</summary>
public interface IAddressable;
