using Granary.Checkpoints.Sharded;
using Granary.Cli.Ranks;
using Granary.Cli.Terminal;
using Granary.Core.Randomness;
using Granary.Core.Runs;
using Granary.Data.Batching;
using Granary.Pipelines.Climb.Clustering;

namespace Granary.Cli.Stages;

/// <summary>What every stage of a run works with.</summary>
/// <param name="Config">The resolved configuration.</param>
/// <param name="Folder">The run's folder, claimed by this process.</param>
/// <param name="View">Who shows what happens.</param>
/// <param name="Time">The clock.</param>
internal sealed record RunContext(RunConfig Config, RunFolder Folder, IRunView View, TimeProvider Time)
{
    /// <summary>Threads of this process: the configuration's number, or one for each core; a rank has its share of them.</summary>
    public int Threads { get; init; } = Config.Training.Threads > 0 ? Config.Training.Threads : Environment.ProcessorCount;

    /// <summary>The cluster of each document, by which shards are grouped and documents left out; null without clusters.</summary>
    public ClusterAssignments? Clusters { get; init; }

    /// <summary>Processes that this one is to start for training; 1 trains by itself.</summary>
    public int RanksToStart { get; init; } = 1;

    /// <summary>The ranks that this process trains with; null where it trains by itself or not at all.</summary>
    public RankWorld? World { get; init; }

    /// <summary>Whether this process writes to the run's folder: one by itself does, and of many ranks the first.</summary>
    public bool IsFirst => World?.IsFirst ?? true;

    /// <summary>What keeps this rank from another generation's files; null where ranks are not placed by generations.</summary>
    public GenerationFence? Fence => World?.Environment.Generation is { } generation ? new GenerationFence(Folder.Path, generation) : null;

    /// <summary>The configuration's batching, with the mixture laid over it where one was found.</summary>
    public BatchingConfig Batching { get; init; } = Config.Batching;

    /// <summary>The stream of the run's random numbers.</summary>
    public RandomKey Key => RandomKey.FromSeed(Config.Seed);

    /// <summary>A file of a stage.</summary>
    public string PathOf(string stage, string file) => Path.Combine(Folder.StagePath(stage), file);

    /// <summary>A file of the run as a stage's record names it: by its path from the stage's folder.</summary>
    public string RelativeTo(string stage, string path) => Path.GetRelativePath(Folder.StagePath(stage), path);

    /// <summary>The record of a finished stage.</summary>
    /// <exception cref="StageException">The stage has not been run.</exception>
    public StageRecord RecordOf(string stage)
    {
        return StageRecord.Read(Folder.StagePath(stage))
            ?? throw new StageException(stage, $"Stage '{stage}' of run '{Config.Name}' is not finished; run `granary run` with the same configuration, or that stage alone, first.");
    }
}
