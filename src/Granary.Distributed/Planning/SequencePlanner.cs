using Granary.Distributed.Sequence;
using Granary.Distributed.Sequence.Schedules;

namespace Granary.Distributed.Planning;

/// <summary>Chooses the forward and the backward schedule of attention over ranks, each by its predicted cost, among pairs that share an order of positions.</summary>
public sealed class SequencePlanner
{
    // Predictions this near to each other say nothing: schedules with few messages at once are met to 3 %, and those that send to all peers at
    // once take up to a tenth longer than predicted. The one that holds less memory is taken, which is the one with fewer messages at once.
    private const double Indifference = 0.03;

    private readonly SequenceProblem _problem;
    private readonly ScheduleSimulator _simulator;
    private readonly Dictionary<(string Name, string? Forward, SequenceOrder Order), PassCost> _costs = [];

    /// <summary>Prepares to plan a problem on a cluster.</summary>
    public SequencePlanner(SequenceProblem problem, ClusterDescription cluster)
    {
        _problem = problem;
        _simulator = new ScheduleSimulator(problem, cluster);
    }

    /// <summary>The plan for what a configuration says: the cheapest pair for auto, else the one it names.</summary>
    /// <exception cref="ArgumentException">What it names cannot serve.</exception>
    public SequencePlan Plan(string wanted)
    {
        var pairs = PairsFor(wanted).ToList();
        if (pairs.Count == 0)
        {
            var (forward, backward) = SequenceScheduleNames.Split(wanted);
            var reason = _problem.WhyNot(forward) ?? _problem.WhyNot(backward) ?? $"'{forward}' and '{backward}' want the positions in different orders";
            throw new ArgumentException($"The sequence schedule '{wanted}' cannot be taken: {reason}; take another one, or '{SequenceScheduleNames.Auto}'.", nameof(wanted));
        }

        var fastest = pairs.Min(SecondsOf);
        var taken = pairs.Where(pair => SecondsOf(pair) <= fastest * (1 + Indifference)).MinBy(BuffersOf);
        var (first, second, order) = taken;
        return new(first, second, order, ForwardCost(first, order), BackwardCost(second, first, order), [.. Reasons(taken, wanted == SequenceScheduleNames.Auto)]);
    }

    /// <summary>What a forward schedule takes.</summary>
    public PassCost ForwardCost(string name, SequenceOrder order)
    {
        return CostOf((name, null, order), () => _problem.Forward(name, order));
    }

    /// <summary>What a backward schedule takes behind a forward one.</summary>
    public PassCost BackwardCost(string name, string forward, SequenceOrder order)
    {
        // Whose operands were kept is all that a backward schedule's cost owes to the forward one.
        return CostOf((name, name == forward ? name : string.Empty, order), () => _problem.Backward(name, forward, order));
    }

    private PassCost CostOf((string, string?, SequenceOrder Order) key, Func<ISequenceSchedule> schedule)
    {
        if (!_costs.TryGetValue(key, out var cost))
        {
            cost = _simulator.Run(schedule(), key.Order);
            _costs.Add(key, cost);
        }

        return cost;
    }

    private IEnumerable<(string Forward, string Backward, SequenceOrder Order)> PairsFor(string wanted)
    {
        var names = SequenceScheduleNames.All.Where(name => _problem.WhyNot(name) is null).ToList();
        var (first, second) = SequenceScheduleNames.Split(wanted);

        // Burst's forward is the ring's, so as a forward it is only taken by name.
        var forwards = wanted == SequenceScheduleNames.Auto ? names.Where(name => name != SequenceScheduleNames.Burst) : names.Where(name => name == first);
        var backwards = wanted == SequenceScheduleNames.Auto ? names : names.Where(name => name == second);
        return from forward in forwards
               from backward in backwards
               let order = SequenceSchedules.OrderFor(forward, backward, _problem.IsCausal)
               where order is not null
               select (forward, backward, order.Value);
    }

    private double SecondsOf((string Forward, string Backward, SequenceOrder Order) pair)
    {
        return ForwardCost(pair.Forward, pair.Order).Seconds + BackwardCost(pair.Backward, pair.Forward, pair.Order).Seconds;
    }

    private long BuffersOf((string Forward, string Backward, SequenceOrder Order) pair)
    {
        return Math.Max(ForwardCost(pair.Forward, pair.Order).BufferBytes, BackwardCost(pair.Backward, pair.Forward, pair.Order).BufferBytes);
    }

    private IEnumerable<string> Reasons((string Forward, string Backward, SequenceOrder Order) taken, bool isAuto)
    {
        yield return "forward: " + Line(taken.Forward, isBackward: false, name => OrderWith(name, taken.Backward) is { } order ? ForwardCost(name, order) : null, isAuto);
        yield return "backward: " + Line(taken.Backward, isBackward: true, name => OrderWith(taken.Forward, name) is { } order ? BackwardCost(name, taken.Forward, order) : null, isAuto);
        foreach (var name in SequenceScheduleNames.All)
        {
            if (isAuto && _problem.WhyNot(name) is { } reason)
            {
                yield return $"{name} is out: {reason}";
            }
        }
    }

    private SequenceOrder? OrderWith(string forward, string backward) => SequenceSchedules.OrderFor(forward, backward, _problem.IsCausal);

    private string Line(string taken, bool isBackward, Func<string, PassCost?> cost, bool isAuto)
    {
        var others = SequenceScheduleNames.All
            .Where(name => isAuto && name != taken && _problem.WhyNot(name) is null && (isBackward || name != SequenceScheduleNames.Burst))
            .Select(name => (Name: name, Cost: cost(name)))
            .Where(entry => entry.Cost is not null)
            .OrderBy(entry => entry.Cost!.Seconds)
            .Select(entry => $"{entry.Name} {entry.Cost!.Describe()}");
        return string.Join("; ", others.Prepend($"{taken}: predicted {cost(taken)!.Describe()}"));
    }
}
