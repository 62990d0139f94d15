using Granary.Testing;

namespace Granary.Distributed.Ranks.Tests;

public sealed class HeartbeatsTests
{
    private readonly ManualClock _clock = new();

    [Test]
    public void What_is_seen_first_has_not_moved_and_stands_still_from_then_on()
    {
        var heartbeats = new Heartbeats(_clock);

        var first = heartbeats.Note(3, 17);
        _clock.Advance(TimeSpan.FromSeconds(2));
        var second = heartbeats.Note(3, 17);

        Assert.That(first, Is.EqualTo((false, TimeSpan.Zero)));
        Assert.That(second, Is.EqualTo((false, TimeSpan.FromSeconds(2))));
    }

    [Test]
    public void A_beat_ends_the_standing_still_of_its_own_rank_alone()
    {
        var heartbeats = new Heartbeats(_clock);
        heartbeats.Note(3, 17);
        heartbeats.Note(4, 17);
        _clock.Advance(TimeSpan.FromSeconds(2));

        Assert.That(heartbeats.Note(3, 18), Is.EqualTo((true, TimeSpan.Zero)));
        Assert.That(heartbeats.Note(4, 17), Is.EqualTo((false, TimeSpan.FromSeconds(2))));
    }

    [Test]
    public void What_is_forgotten_counts_from_the_next_look()
    {
        var heartbeats = new Heartbeats(_clock);
        heartbeats.Note(3, 17);
        _clock.Advance(TimeSpan.FromSeconds(9));
        heartbeats.Forget(3);

        Assert.That(heartbeats.Note(3, 18), Is.EqualTo((false, TimeSpan.Zero)));
    }
}
