namespace Granary.Cluster.Grains;

/// <summary>Ranks that are placed together: all of them, or none.</summary>
internal sealed class Gang
{
    public Gang(string dataset, int ranks, int threads, int gpus)
    {
        Dataset = dataset;
        Ranks = ranks;
        Threads = threads;
        Gpus = gpus;
    }

    public string Dataset { get; }

    /// <summary>Ranks that are to be placed.</summary>
    public int Ranks { get; }

    /// <summary>Threads of each.</summary>
    public int Threads { get; }

    /// <summary>GPUs of each.</summary>
    public int Gpus { get; }

    public int Priority { get; set; }

    /// <summary>How often other work went in front of it.</summary>
    public int Passes { get; set; }

    /// <summary>Ranks that each node is still to come for; empty where no places are reserved.</summary>
    public Dictionary<string, int> Places { get; } = [];

    /// <summary>When the places were reserved.</summary>
    public long Since { get; set; }

    /// <summary>Ranks that nodes have come for.</summary>
    public int Taken { get; set; }

    public bool IsReserved => Places.Count > 0 || Taken > 0;

    /// <summary>Nodes that take nothing new of its priority or a lower one, so that they become free for it.</summary>
    public HashSet<string> Kept { get; } = [];
}
