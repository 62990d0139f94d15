using Granary.Core.Configuration;

namespace Granary.Distributed.Planning;

/// <summary>Devices as far as costs need them: their speed, their memory, and what connects them. One rank, one device.</summary>
public sealed record ClusterDescription : IConfigSection
{
    /// <summary>What it is called.</summary>
    public required string Name { get; init; }

    /// <summary>Ranks of a node; consecutive ranks share one. Default 8.</summary>
    public int RanksPerNode { get; init; } = 8;

    /// <summary>What connects the ranks of a node.</summary>
    public required LinkDescription InsideNode { get; init; }

    /// <summary>What connects ranks of different nodes, a port for each rank. Default null: there is one node, as large as need be.</summary>
    public LinkDescription? BetweenNodes { get; init; }

    /// <summary>Operations a second that a device reaches in attention's forward pass.</summary>
    public required double AttentionFlops { get; init; }

    /// <summary>How many times as long attention's backward pass takes. Default 2.5, its operations.</summary>
    public double BackwardCost { get; init; } = 2.5;

    /// <summary>Seconds that a block of attention takes beside its operations. Default 0.</summary>
    public double BlockSeconds { get; init; }

    /// <summary>Operations a second that a device reaches in large matrix products.</summary>
    public required double MatrixFlops { get; init; }

    /// <summary>Bytes a second of a device's memory, as far as they are reached.</summary>
    public required double MemoryBytesPerSecond { get; init; }

    /// <summary>Bytes of a device's memory.</summary>
    public required double MemoryBytes { get; init; }

    /// <summary>Whether that is main memory, in which the first rank's copy of a checkpoint lies as well. Default false: it is a device's own.</summary>
    public bool IsMainMemory { get; init; }

    /// <inheritdoc/>
    public void Validate(string path, ConfigurationErrors errors)
    {
        errors.Require(RanksPerNode > 0, $"{path}.ranks_per_node", RanksPerNode, "greater than 0");
        InsideNode.Validate($"{path}.inside_node", errors);
        BetweenNodes?.Validate($"{path}.between_nodes", errors);
        errors.Require(AttentionFlops > 0, $"{path}.attention_flops", AttentionFlops, "greater than 0");
        errors.Require(BackwardCost > 0, $"{path}.backward_cost", BackwardCost, "greater than 0");
        errors.Require(BlockSeconds >= 0, $"{path}.block_seconds", BlockSeconds, "0 or more");
        errors.Require(MatrixFlops > 0, $"{path}.matrix_flops", MatrixFlops, "greater than 0");
        errors.Require(MemoryBytesPerSecond > 0, $"{path}.memory_bytes_per_second", MemoryBytesPerSecond, "greater than 0");
        errors.Require(MemoryBytes > 0, $"{path}.memory_bytes", MemoryBytes, "greater than 0");
    }

    /// <summary>Whether two ranks sit in one node.</summary>
    public bool ShareNode(int rank, int other)
    {
        return BetweenNodes is null || rank / RanksPerNode == other / RanksPerNode;
    }
}
