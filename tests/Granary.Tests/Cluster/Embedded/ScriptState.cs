namespace Granary.Cluster.Embedded.Tests;

public sealed class ScriptState
{
    public int Count { get; set; }
}
