namespace Granary.Distributed.Planning;

/// <summary>What a schedule takes by the cost model.</summary>
/// <param name="Seconds">All steps, each as long as the slowest rank's computation or transfer.</param>
/// <param name="ComputeSeconds">The slowest ranks' computation alone.</param>
/// <param name="TransferSeconds">The slowest transfers alone.</param>
/// <param name="BytesSent">Bytes of the rank that sends most.</param>
/// <param name="BufferBytes">Bytes that a rank holds of other ranks at once, at most.</param>
/// <param name="KeptBytes">How many of these are there from the forward pass on.</param>
public sealed record PassCost(double Seconds, double ComputeSeconds, double TransferSeconds, long BytesSent, long BufferBytes, long KeptBytes)
{
    /// <summary>Seconds of transfers that no computation covers.</summary>
    public double ExposedSeconds => Seconds - ComputeSeconds;

    /// <summary>What the time is mostly made of.</summary>
    public string Bound => ExposedSeconds > ComputeSeconds ? "link-bound" : ExposedSeconds > 0.05 * Seconds ? "partly link-bound" : "compute-bound";

    /// <summary>The time and what it is made of: "12.3 ms, link-bound".</summary>
    public string Describe() => $"{Spoken.Milliseconds(Seconds)}, {Bound}";
}
