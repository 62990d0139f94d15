using Granary.Testing;

namespace Granary.Cluster.Grains.Tests;

public sealed class ChangeSignalTests
{
    private static readonly TimeSpan Wait = TimeSpan.FromSeconds(4);

    [Test]
    public async Task Who_knows_an_older_version_does_not_wait()
    {
        var signal = new ChangeSignal(new ManualClock());
        var version = signal.Version;
        signal.Raise();

        await signal.WaitAsync(version, Wait);

        Assert.That(signal.Version, Is.EqualTo(version + 1));
    }

    [Test]
    public async Task A_change_ends_the_wait()
    {
        var signal = new ChangeSignal(new ManualClock());

        var waiting = signal.WaitAsync(signal.Version, Wait);
        var before = waiting.IsCompleted;
        signal.Raise();
        await waiting;

        Assert.That(before, Is.False);
    }

    [Test]
    public async Task Time_ends_the_wait()
    {
        var clock = new ManualClock();
        var signal = new ChangeSignal(clock);

        var waiting = signal.WaitAsync(signal.Version, Wait);
        clock.Advance(Wait);
        await waiting;

        Assert.That(waiting.IsCompletedSuccessfully, Is.True);
    }

    [Test]
    public void Versions_of_a_later_life_are_higher()
    {
        var clock = new ManualClock();
        var before = new ChangeSignal(clock);
        before.Raise();
        clock.Advance(TimeSpan.FromSeconds(1));

        Assert.That(new ChangeSignal(clock).Version, Is.GreaterThan(before.Version));
    }
}
