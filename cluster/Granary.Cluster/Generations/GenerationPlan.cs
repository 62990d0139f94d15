using Granary.Cluster.Grains;

namespace Granary.Cluster.Generations;

/// <summary>How a training job is placed by generations.</summary>
public sealed record GenerationPlan
{
    /// <summary>The job.</summary>
    public required string Job { get; init; }

    /// <summary>Ranks that are wanted.</summary>
    public required int Ranks { get; init; }

    /// <summary>Ranks with which it goes on where more cannot be placed.</summary>
    public required int MinRanks { get; init; }

    /// <summary>What the number of ranks is a multiple of. Default 1.</summary>
    public int Multiple { get; init; } = 1;

    /// <summary>Threads of each rank, whatever their number.</summary>
    public required int Threads { get; init; }

    /// <summary>GPUs of each rank. Default 0.</summary>
    public int Gpus { get; init; }

    /// <summary>What stands behind `granary` for a rank.</summary>
    public required IReadOnlyList<string> Arguments { get; init; }

    /// <summary>How long places for all wanted ranks are waited for before fewer do. Default 2 minutes.</summary>
    public TimeSpan PlacementTime { get; init; } = TimeSpan.FromMinutes(2);

    /// <summary>How long no rank may move, and how long the others may take to end once one has. Default 5 minutes.</summary>
    public TimeSpan Patience { get; init; } = TimeSpan.FromMinutes(5);

    /// <summary>Generations in a row that may fail without having saved a further step. Default 3.</summary>
    public int MostFruitless { get; init; } = 3;

    /// <summary>Generations in a row whose nodes may be lost without a further step saved. Default 20: a lost node is seldom the job's fault, but one that takes its node along each time is.</summary>
    public int MostLost { get; init; } = 20;

    /// <summary>Ranks that nodes with so many threads and GPUs have room for: as many as wanted at most, and a multiple.</summary>
    public int RoomOn(IReadOnlyList<int> nodeThreads, IReadOnlyList<int> nodeGpus)
    {
        var room = Math.Min(Ranks, nodeThreads.Zip(nodeGpus, (threads, gpus) => Room.ForRanks(threads, gpus, Threads, Gpus)).Sum());
        return room - (room % Multiple);
    }
}
