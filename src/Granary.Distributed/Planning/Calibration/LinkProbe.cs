using Granary.Torch;
using Granary.Torch.Distributed;

namespace Granary.Distributed.Planning.Calibration;

/// <summary>
/// Measures a group's links with a few messages of 1 to 4 MB, and with one of 4 KB, without which the noise of the others would pass for latency.
/// All ranks take part at once, so that what they share is felt.
/// </summary>
public static class LinkProbe
{
    private const int Repeats = 3;
    private const int FloatBytes = 4;

    private static readonly int[] Sizes = [4 << 10, 1 << 20, 2 << 20, 4 << 20];

    /// <summary>The timings, the same on all ranks: of each message the middle one of three, and of these the slowest rank's. All ranks call it.</summary>
    public static LinkTimings Measure(ProcessGroup group, TimeProvider time, Device? device = null)
    {
        // Messages before the first timed one: connections are made when they are first used.
        _ = Middle(group, time, Sizes[1], BothWays(group), device);
        List<Timing> Time(IReadOnlyList<(bool IsSend, int Peer)> pattern) => [.. Sizes.Select(size => new Timing(size, Middle(group, time, size, pattern, device)))];

        return new(Time(OneWay(group)), Time(BothWays(group)), group.size > 2 ? Time(TwoPeers(group)) : []);
    }

    // Ranks 0 and 1, 2 and 3, ...: the even one sends.
    private static List<(bool IsSend, int Peer)> OneWay(ProcessGroup group)
    {
        return HasPartner(group) ? [(group.rank % 2 == 0, group.rank ^ 1)] : [];
    }

    private static List<(bool IsSend, int Peer)> BothWays(ProcessGroup group)
    {
        return HasPartner(group) ? [(false, group.rank ^ 1), (true, group.rank ^ 1)] : [];
    }

    private static List<(bool IsSend, int Peer)> TwoPeers(ProcessGroup group)
    {
        int Around(int distance) => (group.rank + group.size + distance) % group.size;

        return [(false, Around(-1)), (false, Around(-2)), (true, Around(1)), (true, Around(2))];
    }

    private static bool HasPartner(ProcessGroup group) => (group.rank ^ 1) < group.size;

    private static double Middle(ProcessGroup group, TimeProvider time, int bytes, IReadOnlyList<(bool IsSend, int Peer)> pattern, Device? device)
    {
        using var scope = torch.NewDisposeScope();
        var operations = pattern.Select(message => new PeerOperation(message.IsSend, torch.zeros([bytes / FloatBytes], device: device), message.Peer, Tag: 0)).ToList();
        var seconds = new double[Repeats];
        for (var repeat = 0; repeat < Repeats; repeat++)
        {
            group.barrier().wait();
            var begin = time.GetTimestamp();
            group.batch_isend_irecv(operations).wait();
            seconds[repeat] = time.GetElapsedTime(begin).TotalSeconds;
        }

        Array.Sort(seconds);
        return SlowestRank.Of(group, seconds[Repeats / 2]);
    }
}
