using Granary.Testing;

namespace Granary.Cli.Mixtures.Trials.Tests;

public sealed class ProxyClaimTests
{
    private static readonly TimeProvider Clock = new HastyClock();

    [Test]
    public async Task Who_comes_first_trains_and_who_waited_is_told_so()
    {
        using var folder = new TempFolder();
        using var stop = new CancellationTokenSource();
        var (first, hasWaited) = await ProxyClaim.TakeAsync(folder.Path, Clock, stop.Token);

        var second = ProxyClaim.TakeAsync(folder.Path, Clock, stop.Token);
        var isHeld = !second.IsCompleted;
        first.Dispose();
        var (claim, hasSecondWaited) = await second;
        claim.Dispose();

        Assert.That((hasWaited, isHeld, hasSecondWaited), Is.EqualTo((false, true, true)));
    }

    [Test]
    public async Task Whoever_waits_can_be_interrupted()
    {
        using var folder = new TempFolder();
        using var stop = new CancellationTokenSource();
        var (first, _) = await ProxyClaim.TakeAsync(folder.Path, Clock, stop.Token);

        var second = ProxyClaim.TakeAsync(folder.Path, Clock, stop.Token);
        await stop.CancelAsync();

        Assert.That(async () => await second, Throws.InstanceOf<OperationCanceledException>());
        first.Dispose();
    }

    /// <summary>A clock on which every pause is over at once.</summary>
    private sealed class HastyClock : TimeProvider
    {
        public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period)
        {
            return base.CreateTimer(callback, state, TimeSpan.Zero, period);
        }
    }
}
