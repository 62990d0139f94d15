namespace Granary.Cluster.Grains;

/// <summary>Where ranks go that must all be placed or none: it reserves their places in one go, and nodes come for them one after the other.</summary>
/// <remarks>
/// (1) A gang is placed when nodes heard of lately have room for all its ranks; the places are the gang's from then on.
/// (2) Each node is given its ranks when it asks next. (3) Where some node has not come in time, the gang is let go: one of
/// which nobody has a rank waits on, one that has begun is broken. (4) A gang that others went in front of too often keeps
/// nodes that together are wide enough: what is no gang's, and of no higher priority, is not begun there any more. A gang
/// reserves or keeps all it needs at once, and no node is kept for two, so gangs never wait for one another's halves.
/// </remarks>
internal sealed class GangPlacement
{
    private readonly int _mostPasses;
    private readonly TimeSpan _patience;
    private readonly TimeProvider _time;
    private readonly Dictionary<string, GangNode> _nodes = [];
    private readonly Dictionary<string, Gang> _gangs = []; // by dataset

    /// <summary>Creates it; a node that is silent for longer than <paramref name="patience"/> has no room.</summary>
    public GangPlacement(int mostPasses, TimeSpan patience, TimeProvider time)
    {
        _mostPasses = mostPasses;
        _patience = patience;
        _time = time;
    }

    /// <summary>Lets a gang wait for places; one that waits already, or has begun, goes on as it is.</summary>
    public void Enter(string dataset, int ranks, int threads, int gpus = 0)
    {
        _gangs.TryAdd(dataset, new Gang(dataset, ranks, threads, gpus));
    }

    /// <summary>Forgets a gang and gives its places back.</summary>
    public void Leave(string dataset)
    {
        if (_gangs.Remove(dataset, out var gang))
        {
            GiveBack(gang);
        }
    }

    /// <summary>A node says how many threads it has free; <paramref name="busy"/> are those that will be, once work has ended there, and <paramref name="gpus"/> its GPUs.</summary>
    public void Hear(string node, int free, int busy, int gpus = 0)
    {
        if (!_nodes.TryGetValue(node, out var heard))
        {
            _nodes.Add(node, heard = new GangNode());
        }

        (heard.Free, heard.Busy, heard.Gpus, heard.Heard) = (Math.Max(0, free - ReservedOn(node)), busy, gpus, _time.GetTimestamp());
    }

    /// <summary>Work was begun on a node, or with a negative number was not after all.</summary>
    public void Use(string node, int threads)
    {
        if (_nodes.TryGetValue(node, out var heard))
        {
            heard.Free -= threads;
            heard.Busy += threads;
        }
    }

    /// <summary>A node takes no more work, so what it was to come for is placed anew.</summary>
    public void Forget(string node)
    {
        _nodes.Remove(node);
        foreach (var gang in _gangs.Values)
        {
            gang.Kept.Remove(node);
            if (gang.Taken == 0 && gang.Places.ContainsKey(node))
            {
                GiveBack(gang);
            }
        }
    }

    /// <summary>Reserves the places of a gang where there are enough; true where it has places now.</summary>
    /// <param name="dataset">The gang.</param>
    /// <param name="priority">Its priority.</param>
    /// <param name="mayUse">Whether a node is free for it as far as others say.</param>
    public bool TryPlace(string dataset, int priority, Func<string, bool> mayUse)
    {
        var gang = _gangs[dataset];
        gang.Priority = priority;
        if (gang.IsReserved)
        {
            return true;
        }

        var rooms = Choose(gang, mayUse, node => node.Free);
        if (rooms is null)
        {
            return false;
        }

        foreach (var (node, ranks) in rooms)
        {
            gang.Places.Add(node, ranks);
            _nodes[node].Free -= ranks * gang.Threads;
        }

        gang.Since = _time.GetTimestamp();
        gang.Kept.Clear();
        return true;
    }

    /// <summary>Whether places are reserved for a gang, or nodes have come for them.</summary>
    public bool HasPlaces(string dataset) => _gangs.TryGetValue(dataset, out var gang) && gang.IsReserved;

    /// <summary>Whether nodes have come for all ranks of a gang.</summary>
    public bool IsWhole(string dataset) => _gangs.TryGetValue(dataset, out var gang) && gang.Taken == gang.Ranks;

    /// <summary>Whether a gang has places that a node may come for.</summary>
    public bool HasPlace(string dataset, string node) => _gangs.TryGetValue(dataset, out var gang) && gang.Places.ContainsKey(node);

    /// <summary>A node comes for one of its ranks.</summary>
    public void Take(string dataset, string node)
    {
        var gang = _gangs[dataset];
        gang.Taken++;
        if (--gang.Places[node] == 0)
        {
            gang.Places.Remove(node);
        }
    }

    /// <summary>Nobody knows whether the rank was given, so the node is to come again.</summary>
    public void PutBack(string dataset, string node)
    {
        if (_gangs.TryGetValue(dataset, out var gang))
        {
            gang.Taken--;
            gang.Places[node] = gang.Places.GetValueOrDefault(node) + 1;
        }
    }

    /// <summary>Other work is about to go in front of a gang: after too many times, nodes are kept for it.</summary>
    public void Pass(string dataset, int priority, Func<string, bool> mayUse)
    {
        var gang = _gangs[dataset];
        gang.Priority = priority;
        gang.Kept.RemoveWhere(node => !IsHeard(node));
        if (++gang.Passes <= _mostPasses || gang.Kept.Count > 0)
        {
            return;
        }

        if (Choose(gang, mayUse, node => node.Free + node.Busy) is { } wide)
        {
            gang.Kept.UnionWith(wide.Keys);
        }
    }

    /// <summary>Threads of a node that a gang is to come for.</summary>
    public int ReservedOn(string node) => _gangs.Values.Sum(gang => gang.Places.GetValueOrDefault(node) * gang.Threads);

    /// <summary>Whether a node is kept for a gang before which work of this priority may not go.</summary>
    public bool IsKeptBefore(string node, int priority) => KeeperOf(node) is { } gang && gang.Priority >= priority;

    /// <summary>Whether a node is kept for any gang.</summary>
    public bool IsKept(string node) => KeeperOf(node) is not null;

    /// <summary>Gangs of which a node did not come in time: those that had begun, which nobody can make whole.</summary>
    public IReadOnlyList<string> TakeBroken()
    {
        var late = _gangs.Values.Where(gang => gang.Places.Count > 0 && _time.GetElapsedTime(gang.Since) > _patience).ToList();
        foreach (var gang in late)
        {
            // They are to be heard of again before anything is placed there.
            foreach (var node in gang.Places.Keys)
            {
                _nodes.Remove(node);
            }

            GiveBack(gang);
        }

        return [.. late.Where(gang => gang.Taken > 0).Select(gang => gang.Dataset)];
    }

    private bool IsHeard(string node) => _nodes.TryGetValue(node, out var heard) && _time.GetElapsedTime(heard.Heard) <= _patience;

    private Gang? KeeperOf(string node) => _gangs.Values.FirstOrDefault(gang => gang.Kept.Contains(node));

    // The widest nodes first, so that a gang lies on as few as can be; null where all of them are not wide enough.
    private Dictionary<string, int>? Choose(Gang gang, Func<string, bool> mayUse, Func<GangNode, int> widthOf)
    {
        var chosen = new Dictionary<string, int>();
        var left = gang.Ranks;
        var candidates = _nodes
            .Where(node => IsHeard(node.Key) && mayUse(node.Key) && (KeeperOf(node.Key) is not { } keeper || keeper == gang || keeper.Priority < gang.Priority))
            .Select(node => (Node: node.Key, Room: Grains.Room.ForRanks(Math.Max(0, widthOf(node.Value)), node.Value.Gpus, gang.Threads, gang.Gpus)))
            .Where(node => node.Room > 0)
            .OrderByDescending(node => node.Room)
            .ThenBy(node => node.Node, StringComparer.Ordinal);
        foreach (var (node, room) in candidates.TakeWhile(_ => left > 0))
        {
            chosen.Add(node, Math.Min(room, left));
            left -= chosen[node];
        }

        return left == 0 ? chosen : null;
    }

    private void GiveBack(Gang gang)
    {
        foreach (var (node, ranks) in gang.Places)
        {
            if (_nodes.TryGetValue(node, out var heard))
            {
                heard.Free += ranks * gang.Threads;
            }
        }

        gang.Places.Clear();
    }
}
