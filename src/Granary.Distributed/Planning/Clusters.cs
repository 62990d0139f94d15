using Granary.Core.Configuration;
using Granary.Distributed.Planning.Calibration;

namespace Granary.Distributed.Planning;

/// <summary>The clusters that have a name.</summary>
/// <remarks>
/// Rates of devices are assumptions of what large bf16 kernels reach, not peaks and not measured: 550 TFLOP/s of an H100's or H200's 989 in
/// attention, 400 of an MI300X's 1,307. Links are their makers' words for one direction, of which transfers reach 0.8.
/// </remarks>
public static class Clusters
{
    private const double Giga = 1e9;
    private const double Tera = 1e12;

    private static readonly LinkDescription Card = new() { Kind = LinkKind.Port, BytesPerSecond = 50 * Giga };

    private static readonly IReadOnlyList<ClusterDescription> BuiltIn =
    [
        new()
        {
            Name = "h200",
            InsideNode = new() { Kind = LinkKind.Port, BytesPerSecond = 450 * Giga },
            BetweenNodes = Card,
            AttentionFlops = 550 * Tera,
            MatrixFlops = 600 * Tera,
            MemoryBytesPerSecond = 4 * Tera,
            MemoryBytes = 141 * Giga,
        },
        new()
        {
            Name = "mi300x",
            InsideNode = new() { Kind = LinkKind.Mesh, BytesPerSecond = 64 * Giga },
            BetweenNodes = Card,
            AttentionFlops = 400 * Tera,
            MatrixFlops = 500 * Tera,
            MemoryBytesPerSecond = 4 * Tera,
            MemoryBytes = 192 * Giga,
        },
        new()
        {
            Name = "h100-cards",
            RanksPerNode = 1,
            InsideNode = Card,
            BetweenNodes = Card,
            AttentionFlops = 550 * Tera,
            MatrixFlops = 600 * Tera,
            MemoryBytesPerSecond = 2.7 * Tera,
            MemoryBytes = 80 * Giga,
        },
        new()
        {
            Name = "cpu-ethernet",
            RanksPerNode = 1,
            InsideNode = new() { Kind = LinkKind.Port, BytesPerSecond = 1.25 * Giga, LatencySeconds = 50e-6 },
            BetweenNodes = new() { Kind = LinkKind.Port, BytesPerSecond = 1.25 * Giga, LatencySeconds = 50e-6 },
            AttentionFlops = 0.5 * Tera,
            MatrixFlops = 1 * Tera,
            MemoryBytesPerSecond = 100 * Giga,
            MemoryBytes = 64 * Giga,
            IsMainMemory = true,
        },
    ];

    /// <summary>What can be given as a name.</summary>
    public static IReadOnlyList<string> Names { get; } = [.. BuiltIn.Select(cluster => cluster.Name)];

    /// <summary>The cluster of a name, or the one that a YAML file describes.</summary>
    /// <exception cref="ConfigurationException">It is neither a name nor a file, or the file has faults.</exception>
    public static ClusterDescription Named(string nameOrFile)
    {
        if (BuiltIn.FirstOrDefault(cluster => cluster.Name == nameOrFile) is { } known)
        {
            return known;
        }

        return File.Exists(nameOrFile)
            ? ConfigurationFile.Load<ClusterDescription>(nameOrFile, [])
            : throw new ConfigurationException(nameOrFile, [$"No cluster is named '{nameOrFile}', and no file is. Known: '{string.Join("', '", Names)}'; or describe it in a YAML file."]);
    }

    /// <summary>
    /// Processes on the machine at hand, which share its cores and memory evenly; <paramref name="matrixFlops"/> is what all of it
    /// reaches. Links are the loopback's as a rule of thumb; a probe of a running group knows better.
    /// </summary>
    public static ClusterDescription ThisMachine(int ranks, double matrixFlops, double memoryBytes)
    {
        return new()
        {
            Name = "this-machine",
            RanksPerNode = ranks,
            InsideNode = new() { Kind = LinkKind.HalfDuplexPort, BytesPerSecond = 1.5 * Giga, Efficiency = 1, LatencySeconds = 100e-6 },
            AttentionFlops = matrixFlops / ranks / 2,
            MatrixFlops = matrixFlops / ranks,
            MemoryBytesPerSecond = 10 * Giga / ranks,
            MemoryBytes = memoryBytes / ranks,
            IsMainMemory = true,
        };
    }

    /// <summary>Ranks whose links and attention were measured; of the rest nothing is known.</summary>
    public static ClusterDescription Measured(int ranks, LinkDescription link, AttentionRate attention)
    {
        return new()
        {
            Name = "measured",
            RanksPerNode = ranks,
            InsideNode = link,
            AttentionFlops = attention.Flops,
            BackwardCost = attention.BackwardCost,
            BlockSeconds = attention.BlockSeconds,
            MatrixFlops = attention.Flops,
            MemoryBytesPerSecond = double.MaxValue,
            MemoryBytes = double.MaxValue,
        };
    }
}
