using Granary.Torch;

namespace Granary.Training;

/// <summary>Where the time of training steps went, beside what the machine could do.</summary>
/// <param name="Rows">Operators and kernels by phase, the longest first.</param>
/// <param name="Steps">Steps that were profiled.</param>
/// <param name="Seconds">What they took, the profiling itself included.</param>
/// <param name="MatrixRate">Operations a second of a large matrix product, measured in the same run.</param>
/// <param name="MemoryRate">Bytes a second of a large copy, measured in the same run.</param>
public sealed record StepProfile(IReadOnlyList<ProfileRow> Rows, int Steps, double Seconds, double MatrixRate, double MemoryRate)
{
    /// <summary>Garbage collections of the youngest generation in all steps.</summary>
    public required int Collections { get; init; }

    /// <summary>Bytes that managed code allocated in all steps.</summary>
    public required long AllocatedBytes { get; init; }

    /// <summary>
    /// Seconds that a row would take at the machine's rates: its operations at that of a product or its bytes at that of
    /// memory, whichever is longer, and never more than it took, because what lies in caches moves faster. Time between
    /// operators has no limit but 0.
    /// </summary>
    public double LimitOf(ProfileRow row)
    {
        ArgumentNullException.ThrowIfNull(row);
        return Math.Min(row.Seconds, Math.Max(row.Operations / MatrixRate, row.Bytes / MemoryRate));
    }

    /// <summary>The sum over all rows.</summary>
    public double Limit => Rows.Sum(LimitOf);
}
