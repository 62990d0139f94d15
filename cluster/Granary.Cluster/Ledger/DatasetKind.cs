namespace Granary.Cluster.Ledger;

/// <summary>What the shards of a dataset are, which decides the places they take.</summary>
public enum DatasetKind
{
    /// <summary>Parts of a stage, or proxy runs: each takes a place to compute in.</summary>
    Work,

    /// <summary>A job's own process, which hands out work and waits for it: takes a place for drivers, so that waiting never keeps work from running.</summary>
    Driver,

    /// <summary>The ranks of one generation of a training job: all of them are placed, or none.</summary>
    Ranks,
}
