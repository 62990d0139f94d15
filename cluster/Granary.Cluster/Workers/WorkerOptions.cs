namespace Granary.Cluster.Workers;

/// <summary>How a worker works.</summary>
public sealed record WorkerOptions
{
    /// <summary>The folder that all nodes see: what work writes lies below it, and its logs.</summary>
    public required string Folder { get; init; }

    /// <summary>A folder of this machine that only this user may open, for the tokens of what runs. Default: the machine's for temporary files.</summary>
    public string TokenFolder { get; init; } = Path.GetTempPath();

    /// <summary>The GPUs that work may use. Default none.</summary>
    public IReadOnlyList<NodeGpu> Gpus { get; init; } = [];

    /// <summary>Variables that every work finds in its environment.</summary>
    public IReadOnlyDictionary<string, string> Environment { get; init; } = new Dictionary<string, string>();

    /// <summary>How long work may go on once the worker is asked to end; what is not done by then is given back. Default 20 s.</summary>
    public TimeSpan DrainTime { get; init; } = TimeSpan.FromSeconds(20);
}
