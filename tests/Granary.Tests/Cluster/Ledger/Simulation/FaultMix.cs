namespace Granary.Cluster.Ledger.Simulation.Tests;

/// <summary>The kinds of faults that one seed has: a random half of them, since some hide what others would show.</summary>
internal sealed record FaultMix
{
    public FaultMix(Chance chance)
    {
        Drop = chance.Happens(0.5) ? 0.15 : 0;
        Duplicate = chance.Happens(0.5) ? 0.2 : 0;
        Delay = chance.Happens(0.5) ? 0.15 : 0;
        Pauses = chance.Happens(0.5);
        Cuts = chance.Happens(0.5);
        WorkerCrashes = chance.Happens(0.5);
        CoordinatorCrashes = chance.Happens(0.5);
        ClockFaults = chance.Happens(0.5);
        Outages = chance.Happens(0.5);
        UnknownCommit = chance.Happens(0.5) ? 0.15 : 0;
        Restores = chance.Happens(0.3);
        Failures = chance.Happens(0.5) ? 0.15 : 0;
        Cancels = chance.Happens(0.3);
    }

    /// <summary>The probability that a message is lost.</summary>
    public double Drop { get; }

    /// <summary>The probability that a message comes twice.</summary>
    public double Duplicate { get; }

    /// <summary>The probability that a message takes as long as several leases.</summary>
    public double Delay { get; }

    /// <summary>Whether workers stand still and go on as zombies.</summary>
    public bool Pauses { get; }

    /// <summary>Whether workers are cut off, in one direction or in both.</summary>
    public bool Cuts { get; }

    /// <summary>Whether workers die and others come.</summary>
    public bool WorkerCrashes { get; }

    /// <summary>Whether the coordinator dies and starts again.</summary>
    public bool CoordinatorCrashes { get; }

    /// <summary>Whether workers' clocks go at other rates, stand elsewhere and jump.</summary>
    public bool ClockFaults { get; }

    /// <summary>Whether the database is away for a while.</summary>
    public bool Outages { get; }

    /// <summary>The probability that the database's answer is lost, before or after the effect.</summary>
    public double UnknownCommit { get; }

    /// <summary>Whether older copies of the database are restored.</summary>
    public bool Restores { get; }

    /// <summary>The probability that work ends in a failure, or is given back.</summary>
    public double Failures { get; }

    /// <summary>Whether a dataset is cancelled on the way.</summary>
    public bool Cancels { get; }
}
