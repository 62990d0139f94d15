using Granary.Cluster.Ledger;

namespace Granary.Cluster.Grains;

/// <content>Datasets of ranks, which <see cref="GangPlacement"/> places whole.</content>
internal sealed partial class FairQueue
{
    /// <summary>Datasets of ranks of which some were granted and others cannot be: they are to be cancelled.</summary>
    public IReadOnlyList<string> TakeBroken() => [.. _gangs.TakeBroken().Concat(_works.Values.Where(IsHalf).Select(work => work.Entry.Dataset)).Distinct()];

    private void LetWait(QueueLane lane)
    {
        if (lane.Work.Entry.Kind == DatasetKind.Ranks)
        {
            _gangs.Enter(lane.Work.Entry.Dataset, lane.Work.Entry.Ranks, lane.Threads, lane.Work.Entry.Gpus);
        }

        _waiting.Add(lane);
    }

    // The first gang that is to come for a place here, once all have been placed that can be.
    private QueueLane? RankFor(NodeOffer offer)
    {
        _gangs.Hear(offer.Node, offer.Threads, _workByNode.GetValueOrDefault(offer.Node), offer.Gpus);
        foreach (var lane in Gangs().OrderByDescending(lane => lane.Work.Entry.Priority).ThenBy(lane => ThreadsOf(lane.Work)).ThenBy(lane => lane.Work.Age))
        {
            var hadPlaces = _gangs.HasPlaces(lane.Work.Entry.Dataset);
            if (_gangs.TryPlace(lane.Work.Entry.Dataset, lane.Work.Entry.Priority, node => MayRunBeside(_keptFor.GetValueOrDefault(node), lane)) && !hadPlaces)
            {
                Version++; // the other nodes are to come
            }
        }

        return First(lane => lane.Work.Entry.Kind == DatasetKind.Ranks && _gangs.HasPlace(lane.Work.Entry.Dataset, offer.Node));
    }

    // Whether the node is kept for a gang instead of being given work that would go in front of it once more.
    private bool PassesGangs(QueueLane work, NodeOffer offer)
    {
        if (!offer.AcceptsRanks)
        {
            return false;
        }

        foreach (var lane in Gangs().Where(lane => lane.Work.Entry.Priority >= work.Work.Entry.Priority && !_gangs.HasPlaces(lane.Work.Entry.Dataset)))
        {
            _gangs.Pass(lane.Work.Entry.Dataset, lane.Work.Entry.Priority, node => MayRunBeside(_keptFor.GetValueOrDefault(node), lane));
        }

        return _gangs.IsKeptBefore(offer.Node, work.Work.Entry.Priority);
    }

    private IEnumerable<QueueLane> Gangs() => _waiting.Where(lane => lane.Work.Entry.Kind == DatasetKind.Ranks);

    // Some of it runs, and others wait of whose places this queue's former life took the knowledge with it.
    private bool IsHalf(QueuedWork work)
    {
        return work.Entry.Kind == DatasetKind.Ranks && work.Running.Count > 0 && work.Lanes.Values.Any(_waiting.Contains) && !_gangs.HasPlaces(work.Entry.Dataset);
    }

    // What gangs are to know of a shard that takes a place, or with -1 does not after all.
    private void Spend(QueueLane lane, string node, int sign)
    {
        switch (lane.Work.Entry.Kind)
        {
            case DatasetKind.Work:
                _gangs.Use(node, sign * lane.Threads);
                break;
            case DatasetKind.Ranks when sign > 0:
                _gangs.Take(lane.Work.Entry.Dataset, node);
                break;
            case DatasetKind.Ranks:
                _gangs.PutBack(lane.Work.Entry.Dataset, node);
                break;
        }
    }
}
