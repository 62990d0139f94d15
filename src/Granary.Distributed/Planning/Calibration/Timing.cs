namespace Granary.Distributed.Planning.Calibration;

/// <summary>What was done and how long it took.</summary>
/// <param name="Amount">Bytes of a message, or operations of a block.</param>
/// <param name="Seconds">The time.</param>
public readonly record struct Timing(double Amount, double Seconds);
