namespace Granary.Distributed.Planning.Calibration;

/// <summary>How long messages took in the three probes of links; amounts are bytes of one message.</summary>
/// <param name="OneWay">From one rank of a pair to the other.</param>
/// <param name="BothWays">Both ways at once.</param>
/// <param name="TwoPeers">From every rank to two others at once; empty with fewer than three ranks.</param>
public sealed record LinkTimings(IReadOnlyList<Timing> OneWay, IReadOnlyList<Timing> BothWays, IReadOnlyList<Timing> TwoPeers)
{
    // Half way, as a ratio, between the same time and twice the time.
    private const double Doubled = 1.4142;

    /// <summary>
    /// The links. Twice the time both ways: a port that takes turns. Else twice the time for two peers: a port. Else a link for each
    /// pair of ranks. Rate and latency are those of the probe that loads a link most.
    /// </summary>
    public LinkDescription ToLink()
    {
        var kind = Ratio(BothWays, OneWay) > Doubled ? LinkKind.HalfDuplexPort
            : TwoPeers.Count == 0 || Ratio(TwoPeers, BothWays) > Doubled ? LinkKind.Port
            : LinkKind.Mesh;
        var heaviest = TwoPeers.Count > 0 ? TwoPeers : BothWays;
        var messages = TwoPeers.Count > 0 ? 2 : 1;
        var load = kind switch { LinkKind.Mesh => 1, LinkKind.Port => messages, _ => 2 * messages };
        var fit = TimingFit.Of([.. heaviest.Select(timing => timing with { Amount = load * timing.Amount })]);
        return new() { Kind = kind, BytesPerSecond = fit.Rate, Efficiency = 1, LatencySeconds = fit.Start };
    }

    /// <summary>How the timings lead to the kind: "both ways take 1.02 times as long as one way, two peers 1.97 times as long as one".</summary>
    public string Reason()
    {
        var two = TwoPeers.Count == 0 ? string.Empty : FormattableString.Invariant($", two peers {Ratio(TwoPeers, BothWays):F2} times as long as one");
        return FormattableString.Invariant($"both ways take {Ratio(BothWays, OneWay):F2} times as long as one way{two}");
    }

    // The largest message is the least noisy.
    private static double Ratio(IReadOnlyList<Timing> timings, IReadOnlyList<Timing> others) => timings[^1].Seconds / others[^1].Seconds;
}
