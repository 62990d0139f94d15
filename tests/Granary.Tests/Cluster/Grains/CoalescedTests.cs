namespace Granary.Cluster.Grains.Tests;

public sealed class CoalescedTests
{
    private readonly List<TaskCompletionSource> _runs = [];

    private Coalesced Action => new(() =>
    {
        _runs.Add(new TaskCompletionSource());
        return _runs[^1].Task;
    });

    [SetUp]
    public void Forget() => _runs.Clear();

    [Test]
    public async Task All_who_ask_while_it_runs_are_served_by_one_further_run()
    {
        var action = Action;

        var first = action.RunAsync();
        var second = action.RunAsync();
        var third = action.RunAsync();
        var begun = _runs.Count;
        _runs[0].SetResult();
        await first;
        var servedEarly = second.IsCompleted;
        _runs[1].SetResult();
        await Task.WhenAll(second, third);

        Assert.Multiple(() =>
        {
            Assert.That(begun, Is.EqualTo(1));
            Assert.That(servedEarly, Is.False);
            Assert.That(_runs, Has.Count.EqualTo(2));
        });
    }

    [Test]
    public async Task A_run_that_fails_fails_for_those_it_served_only()
    {
        var action = Action;

        var first = action.RunAsync();
        var second = action.RunAsync();
        _runs[0].SetException(new IOException("full"));
        Assert.That(() => first, Throws.TypeOf<IOException>());
        _runs[1].SetResult();
        await second;

        Assert.That(second.IsCompletedSuccessfully, Is.True);
    }

    [Test]
    public async Task Who_asks_later_gets_a_run_of_its_own()
    {
        var action = Action;

        foreach (var run in Enumerable.Range(0, 3))
        {
            var task = action.RunAsync();
            _runs[run].SetResult();
            await task;
        }

        Assert.That(_runs, Has.Count.EqualTo(3));
    }
}
