namespace Granary.Cluster.Grains;

/// <summary>Names, the latest first.</summary>
internal sealed record DirectoryState
{
    public IReadOnlyList<string> Names { get; init; } = [];

    /// <summary>With the name in front; the same where it is there already.</summary>
    public DirectoryState Add(string name) => Names.Contains(name) ? this : new DirectoryState { Names = [name, .. Names] };

    /// <summary>Without the name; the same where it is not there.</summary>
    public DirectoryState Remove(string name) => Names.Contains(name) ? new DirectoryState { Names = [.. Names.Where(other => other != name)] } : this;
}
