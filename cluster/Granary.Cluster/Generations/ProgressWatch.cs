using System.Globalization;
using Granary.Cluster.Grains;

namespace Granary.Cluster.Generations;

/// <summary>Watches how long each rank of a generation says nothing new: names the one that holds up the others, and notices when none moves.</summary>
/// <remarks>
/// Time counts between looks that heard something, and never more of it than looks are apart: while nobody answers, nobody is
/// known to stand still.
/// </remarks>
internal sealed class ProgressWatch
{
    /// <summary>How many times as long as the middle rank one may say nothing before it is named.</summary>
    public const double StragglerShare = 2;

    private readonly TimeSpan _patience;
    private readonly TimeSpan _longestLook;
    private readonly TimeProvider _time;
    private readonly SortedDictionary<int, Watched> _ranks = [];
    private long _lastLook;

    /// <summary>Begins; a generation of which nobody moves for <paramref name="patience"/> hangs.</summary>
    public ProgressWatch(TimeSpan patience, TimeSpan longestLook, TimeProvider time)
    {
        (_patience, _longestLook, _time, _lastLook) = (patience, longestLook, time, time.GetTimestamp());
    }

    /// <summary>Whether no rank has said anything new for too long.</summary>
    public bool Hangs => _ranks.Count > 0 && _ranks.Values.Min(rank => rank.Still) > _patience;

    /// <summary>The highest step that a rank has said is done.</summary>
    public long Step => _ranks.Values.Select(rank => RankProgress.TryParse(rank.Said)?.Step ?? 0).DefaultIfEmpty().Max();

    /// <summary>Takes in what the ranks said last; gives a sentence for each that holds up the others, once until it moves.</summary>
    public IReadOnlyList<string> Look(IReadOnlyList<GenerationMember> members)
    {
        var since = _time.GetElapsedTime(_lastLook);
        _lastLook = _time.GetTimestamp();
        foreach (var member in members)
        {
            if (!_ranks.TryGetValue(member.Rank, out var rank))
            {
                _ranks.Add(member.Rank, rank = new Watched());
            }

            rank.Hear(member, since < _longestLook ? since : _longestLook);
        }

        return [.. Stragglers().Select(SentenceOf)];
    }

    /// <summary>The rank that has said nothing new for the longest time, in words.</summary>
    public string Oldest()
    {
        return _ranks.Count == 0 ? "No rank has begun" : Describe(_ranks.MaxBy(rank => rank.Value.Still));
    }

    /// <summary>Each rank with its node, phase and step.</summary>
    public IReadOnlyList<string> Describe() => [.. _ranks.Select(Describe)];

    private static string Describe(KeyValuePair<int, Watched> rank)
    {
        return string.Create(CultureInfo.InvariantCulture, $"Rank {rank.Key} on '{rank.Value.Node}' is at '{rank.Value.Said ?? "nothing yet"}' for {rank.Value.Still.TotalSeconds:0} s");
    }

    private static string SentenceOf(KeyValuePair<int, Watched> rank) => $"{Describe(rank)}, more than {StragglerShare} times as long as the middle rank; look at its node.";

    // With a tenth of the patience as the least, so that ranks which report in turn are not named.
    private List<KeyValuePair<int, Watched>> Stragglers()
    {
        var stills = _ranks.Values.Select(rank => rank.Still).Order().ToList();
        var middle = stills.Count == 0 ? TimeSpan.Zero : stills[(stills.Count - 1) / 2];
        var late = _ranks.Where(rank => !rank.Value.IsNamed && rank.Value.Still > StragglerShare * middle && rank.Value.Still > _patience / 10).ToList();
        late.ForEach(rank => rank.Value.IsNamed = true);
        return late;
    }

    private sealed class Watched
    {
        public string Node { get; private set; } = string.Empty;

        public string? Said { get; private set; }

        public TimeSpan Still { get; private set; }

        public bool IsNamed { get; set; }

        public void Hear(GenerationMember member, TimeSpan since)
        {
            Node = member.Node;
            if (member.Progress is { } said && said != Said)
            {
                (Said, Still, IsNamed) = (said, TimeSpan.Zero, false);
                return;
            }

            Still += since;
        }
    }
}
