using Granary.Torch;

namespace Granary.Checkpoints.Sharded;

/// <summary>Everything a checkpoint holds, in memory of its own, so that training may go on while it is written.</summary>
public sealed class CheckpointSnapshot : IDisposable
{
    private CheckpointSnapshot(long step, IReadOnlyList<(string, Tensor)> parameters, IReadOnlyList<(string, Tensor)> optimizer)
    {
        Step = step;
        Parameters = parameters;
        Optimizer = optimizer;
    }

    /// <summary>Steps done.</summary>
    public long Step { get; }

    /// <summary>Copies of the parameters.</summary>
    public IReadOnlyList<(string Name, Tensor Tensor)> Parameters { get; }

    /// <summary>Copies of the optimizer's state.</summary>
    public IReadOnlyList<(string Name, Tensor Tensor)> Optimizer { get; }

    /// <summary>What the run must know to go on.</summary>
    public required IReadOnlyDictionary<string, string> Facts { get; init; }

    /// <summary>Further files: name and content.</summary>
    public required IReadOnlyDictionary<string, byte[]> Files { get; init; }

    /// <summary>Copies the tensors. Costs as much memory as they take, until disposed.</summary>
    public static CheckpointSnapshot Take(
        long step,
        IEnumerable<(string Name, Tensor Tensor)> parameters,
        IEnumerable<(string Name, Tensor Tensor)> optimizer,
        IReadOnlyDictionary<string, string> facts,
        IReadOnlyDictionary<string, byte[]> files)
    {
        using var mode = torch.no_grad();
        using var scope = torch.NewDisposeScope();
        return new CheckpointSnapshot(step, Copies(parameters), Copies(optimizer)) { Facts = facts, Files = files };
    }

    /// <summary>Takes over copies in main memory that were made elsewhere.</summary>
    public static CheckpointSnapshot Of(
        long step,
        IReadOnlyList<(string Name, Tensor Tensor)> parameters,
        IReadOnlyList<(string Name, Tensor Tensor)> optimizer,
        IReadOnlyDictionary<string, string> facts,
        IReadOnlyDictionary<string, byte[]> files)
    {
        return new CheckpointSnapshot(step, parameters, optimizer) { Facts = facts, Files = files };
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        foreach (var (_, tensor) in Parameters.Concat(Optimizer))
        {
            tensor.Dispose();
        }
    }

    private static List<(string, Tensor)> Copies(IEnumerable<(string Name, Tensor Tensor)> tensors)
    {
        return [.. tensors.Select(entry => (entry.Name, entry.Tensor.detach().to(torch.CPU, entry.Tensor.dtype, copy: true).contiguous().DetachFromDisposeScope()))];
    }
}
