using System.Globalization;
using Granary.Cluster.Grains;
using Granary.Cluster.Ledger;
using Granary.Core.Runs;

namespace Granary.Cluster.Generations;

/// <summary>One generation from its making to its end, as its rows and its ranks' progress tell it.</summary>
internal sealed class GenerationCourse
{
    private readonly GenerationPlan _plan;
    private readonly TimeProvider _time;
    private readonly ProgressWatch _watch;
    private readonly long _began;
    private IReadOnlyList<ShardRow> _rows = [];
    private long? _ending; // when the first rank had saved and ended
    private bool _hasSaidRoom;

    public GenerationCourse(RunGeneration generation, GenerationPlan plan, TimeProvider time)
    {
        (Generation, _plan, _time, _began) = (generation, plan, time, time.GetTimestamp());
        _watch = new ProgressWatch(plan.Patience, GenerationTraining.Look * 5, time);
        NextRanks = plan.Ranks;
    }

    /// <summary>The generation.</summary>
    public RunGeneration Generation { get; }

    /// <summary>How it ended; null while it goes on.</summary>
    public GenerationEnd? End { get; private set; }

    /// <summary>Ranks that the next one is to have.</summary>
    public int NextRanks { get; private set; }

    /// <summary>The rank to look at.</summary>
    public int Culprit => GenerationJudge.CauseOf(_rows)?.Key.Index ?? 0;

    /// <summary>Takes in how it stands; gives what is to be said of it.</summary>
    public IReadOnlyList<string> Look(IReadOnlyList<ShardRow> rows, GenerationSnapshot standing)
    {
        _rows = rows;
        var stands = GenerationJudge.EndOf(rows);
        switch (stands)
        {
            case GenerationEnd.Waits:
                return Wait(standing);
            case GenerationEnd.Goes:
                var sentences = _watch.Look(standing.Members);
                End = _watch.Hangs ? GenerationEnd.Hangs : null;
                return sentences;
            case GenerationEnd.Ends:
                // Those that never met have nothing to save, and would wait for the one that has ended.
                _ending ??= _time.GetTimestamp();
                End = !standing.IsWhole || _time.GetElapsedTime(_ending.Value) > _plan.Patience ? GenerationEnd.Saved : null;
                return [];
            default:
                End = stands;
                return [];
        }
    }

    /// <summary>Generations in a row, this one with them, that failed and that lost their nodes without a step saved; an end in order or a step begins the count anew.</summary>
    public (int Failed, int Lost) Fruitless(GenerationEnd end, long saved)
    {
        return saved > Generation.FromStep ? (0, 0) : end switch
        {
            GenerationEnd.Failed or GenerationEnd.Hangs => (Generation.Fruitless + 1, Generation.Lost),
            GenerationEnd.Lost => (Generation.Fruitless, Generation.Lost + 1),
            _ => (0, 0),
        };
    }

    /// <summary>What ended it, in a sentence.</summary>
    public string SentenceOf(GenerationEnd end)
    {
        return $"Generation {Generation.Number.ToString(CultureInfo.InvariantCulture)} is over: {ReasonOf(end)}. Another one goes on from the latest checkpoint.";
    }

    /// <summary>Why the job is given up, with where each rank was.</summary>
    public string GiveUp(GenerationEnd end, int fruitless)
    {
        var ranks = _rows.Select(row => string.Create(CultureInfo.InvariantCulture, $"\n  [rank {row.Key.Index} on '{row.Owner ?? "no node"}'] {row.Failure ?? row.State.ToString()}"));
        return string.Create(CultureInfo.InvariantCulture, $"{fruitless} generations in a row have failed or lost their nodes without saving a further step, so the job is given up. The last one: {ReasonOf(end)}.{string.Concat(ranks)}")
            + string.Concat(_watch.Describe().Select(line => $"\n  {line}"));
    }

    private string ReasonOf(GenerationEnd end)
    {
        return end switch
        {
            GenerationEnd.Failed when GenerationJudge.CauseOf(_rows) is { } cause => string.Create(CultureInfo.InvariantCulture, $"rank {cause.Key.Index} on '{cause.Owner}' failed. {cause.Failure?.TrimEnd('.')}"),
            GenerationEnd.Hangs => $"no rank has moved for {_plan.Patience.TotalSeconds.ToString("0", CultureInfo.InvariantCulture)} s. {_watch.Oldest()}",
            GenerationEnd.Saved => "its ranks have saved and ended, because a node of theirs takes no more work",
            GenerationEnd.Waits => "there is no room for all its ranks",
            _ => "a node of its ranks has been silent for longer than leases hold, or it was cancelled",
        };
    }

    // Nodes that are only busy become free; nodes that are gone may not come back.
    private List<string> Wait(GenerationSnapshot standing)
    {
        if (_time.GetElapsedTime(_began) < _plan.PlacementTime)
        {
            return [];
        }

        var room = _plan.RoomOn(standing.NodeThreads, standing.NodeGpus);
        if (room >= Generation.Ranks)
        {
            return SayOnce($"The {Generation.Ranks} ranks wait for places: the nodes are wide enough, but busy.");
        }

        if (room < Math.Max(1, _plan.MinRanks))
        {
            return SayOnce($"The {Generation.Ranks} ranks wait for places: nodes have room for {room} of {_plan.Threads} threads{(_plan.Gpus > 0 ? $" and {_plan.Gpus} GPU" : string.Empty)} each, and {Math.Max(1, _plan.MinRanks)} are the least. Start workers.");
        }

        (NextRanks, End) = (room, GenerationEnd.Waits);
        return [];
    }

    private List<string> SayOnce(FormattableString sentence)
    {
        if (_hasSaidRoom)
        {
            return [];
        }

        _hasSaidRoom = true;
        return [FormattableString.Invariant(sentence)];
    }
}
