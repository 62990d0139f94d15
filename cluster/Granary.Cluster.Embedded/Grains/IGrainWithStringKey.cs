namespace Orleans;

/// <summary>A grain that a string names.</summary>
public interface IGrainWithStringKey : IGrain;
