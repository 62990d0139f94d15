using Orleans.Runtime;

namespace Orleans;

/// <summary>What every grain class is; <see cref="Grain"/> is the usual way to be one.</summary>
public interface IGrainBase
{
    /// <summary>The activation that the grain is.</summary>
    IGrainContext GrainContext { get; }

    /// <summary>Runs before the first call, once persistent state is read.</summary>
    Task OnActivateAsync(CancellationToken token) => Task.CompletedTask;

    /// <summary>Runs after the last call.</summary>
    Task OnDeactivateAsync(DeactivationReason reason, CancellationToken token) => Task.CompletedTask;
}
