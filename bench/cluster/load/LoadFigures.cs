namespace Granary.Bench.ClusterLoad;

/// <summary>What a round came to.</summary>
internal sealed record LoadFigures(
    string Kind,
    double Seconds,
    int Nodes,
    int Leases,
    int Renewals,
    Percentiles RenewalMilliseconds,
    int Pairs,
    double PairsPerSecond,
    Percentiles PairMilliseconds,
    int FalseExpiries,
    int Failures);
