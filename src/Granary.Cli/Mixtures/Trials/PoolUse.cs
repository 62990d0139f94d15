using System.Globalization;
using Granary.Core.Runs;

namespace Granary.Cli.Mixtures.Trials;

/// <summary>What the time of a pool's places went into; busy, beside and empty are all of it.</summary>
internal sealed record PoolUse
{
    /// <summary>Processes that ran.</summary>
    public required int Proxies { get; init; }

    /// <summary>Processes that may run at once.</summary>
    public required int Places { get; init; }

    /// <summary>Seconds from the beginning to the end.</summary>
    public required double Seconds { get; init; }

    /// <summary>Seconds in which places held a process, of all places.</summary>
    public required double BusySeconds { get; init; }

    /// <summary>Those of them that the proxies did not count themselves: processes that start and end.</summary>
    public required double StartSeconds { get; init; }

    /// <summary>Seconds of places without a process while another place had one: a round's last proxies.</summary>
    public required double BesideSeconds { get; init; }

    /// <summary>Seconds of places while none had a process: what is proposed between rounds, and what is written.</summary>
    public required double EmptySeconds { get; init; }

    /// <summary>The share of the places' time that they held a process; 1 is a pool that never waits.</summary>
    public double Efficiency => ShareOf(BusySeconds);

    /// <summary>In a sentence.</summary>
    public string Phrase => string.Create(
        CultureInfo.InvariantCulture,
        $"{Proxies} proxies in {Places} places, which were busy {ShareOf(BusySeconds):P0} of the time: {ShareOf(BesideSeconds):P0} was left over beside the last proxies of rounds, {ShareOf(EmptySeconds):P0} between rounds; processes that start took {ShareOf(StartSeconds):P0}");

    /// <summary>As a run's event.</summary>
    public RunEvent ToEvent() => new()
    {
        Kind = "search_pool",
        Numbers = new Dictionary<string, double>
        {
            ["proxies"] = Proxies,
            ["places"] = Places,
            ["seconds"] = Seconds,
            ["busy_seconds"] = BusySeconds,
            ["start_seconds"] = StartSeconds,
            ["beside_seconds"] = BesideSeconds,
            ["empty_seconds"] = EmptySeconds,
            ["efficiency"] = Efficiency,
        },
    };

    private double ShareOf(double seconds) => Seconds > 0 ? seconds / (Places * Seconds) : 0;
}
