namespace Granary.Models.Generation.Drafting.Tests;

public sealed class DraftPlannerTests
{
    private const int Kind = 7;

    private DraftRates _rates = null!;
    private CallCost _cost = null!;
    private DraftPlanner _planner = null!;

    [SetUp]
    public void SetUp()
    {
        _rates = new DraftRates();
        _cost = new CallCost();
        _planner = new DraftPlanner(64, _rates, _cost);
    }

    [Test]
    public void Likely_guesses_of_cheap_calls_are_all_read_parents_first()
    {
        Measure(perToken: 0.001);
        Rate(hits: 9, of: 10);
        var tree = Tree((DraftTree.Root, 1), (0, 2), (DraftTree.Root, 3), (2, 4));

        var nodes = _planner.Choose(tree, room: 63).ToArray();

        Assert.That(nodes, Is.EquivalentTo([0, 1, 2, 3]));
        Assert.That(nodes.All(node => tree.Parent(node) == DraftTree.Root || Array.IndexOf(nodes, tree.Parent(node)) < Array.IndexOf(nodes, node)), Is.True);
    }

    [Test]
    public void A_node_is_read_only_as_far_as_it_pays()
    {
        // A further token costs a third of the first: guesses of 1/2, 1/4, ... pay once.
        Measure(perToken: 1.0 / 3);
        Rate(hits: 1, of: 2);

        Assert.That(_planner.Choose(Tree((DraftTree.Root, 1), (0, 2), (1, 3)), room: 63).ToArray(), Is.EqualTo([0]));
    }

    [Test]
    public void There_is_never_more_read_than_there_is_room_for()
    {
        Measure(perToken: 0.001);
        Rate(hits: 9, of: 10);

        Assert.That(_planner.Choose(Tree((DraftTree.Root, 1), (0, 2), (1, 3)), room: 2).Length, Is.EqualTo(2));
    }

    [Test]
    public void Hopeless_guesses_pause_drafting_for_ever_longer()
    {
        Measure(perToken: 0.5);
        Rate(hits: 0, of: 100);
        var drafts = new List<int>();
        for (var call = 0; call < 100; call++)
        {
            if (_planner.WantsDraft())
            {
                drafts.Add(call);
                Assert.That(_planner.Choose(Tree((DraftTree.Root, 1)), room: 63).Length, Is.Zero);
            }
        }

        Assert.That(drafts, Is.EqualTo([0, 2, 6, 14, 30, 62, 94]));
    }

    [Test]
    public void Guesses_are_counted_wherever_their_outcome_is_known()
    {
        var tree = new DraftTree(8, _rates);
        tree.TryAdd(DraftTree.Root, 1, kind: 1, out var first);
        tree.TryAdd(DraftTree.Root, 2, kind: 2, out var second);
        tree.TryAdd(first, 3, kind: 3, out _);
        tree.TryAdd(second, 4, kind: 4, out _);
        var unseen = _rates.Of(4);

        _planner.Count(tree, [1, 9]);

        Assert.That(_rates.Of(1), Is.GreaterThan(unseen));
        Assert.That(_rates.Of(2), Is.LessThan(unseen));
        Assert.That(_rates.Of(3), Is.LessThan(unseen));
        Assert.That(_rates.Of(4), Is.EqualTo(unseen));
    }

    private void Measure(double perToken)
    {
        for (var call = 0; call < 200; call++)
        {
            var tokens = 1 + (call % 20);
            _cost.Count(tokens, 1 + (perToken * (tokens - 1)));
        }
    }

    private void Rate(int hits, int of)
    {
        for (var guess = 0; guess < 50 * of; guess++)
        {
            _rates.Count(Kind, guess % of < hits);
        }
    }

    private DraftTree Tree(params (int Parent, int Token)[] nodes)
    {
        var tree = new DraftTree(64, _rates);
        foreach (var (parent, token) in nodes)
        {
            tree.TryAdd(parent, token, Kind, out _);
        }

        return tree;
    }
}
