using Microsoft.Extensions.DependencyInjection;
using Orleans.Runtime;

namespace Orleans;

/// <summary>What grain classes derive from.</summary>
public abstract class Grain : IGrainBase, IAddressable
{
    /// <summary>Made by the runtime only, on the way to an activation.</summary>
    /// <exception cref="InvalidOperationException">It is made outside of the runtime.</exception>
    protected Grain()
    {
        GrainContext = Activation.Constructing ?? throw new InvalidOperationException(
            $"Grain '{GetType()}' is made by its constructor, but only the runtime makes grains; call it through IGrainFactory.GetGrain.");
    }

    /// <summary>The activation that the grain is.</summary>
    public IGrainContext GrainContext { get; }

    /// <summary>Gives references to other grains.</summary>
    protected IGrainFactory GrainFactory => ServiceProvider.GetRequiredService<IGrainFactory>();

    /// <summary>Services that live as long as the activation.</summary>
    protected internal IServiceProvider ServiceProvider => GrainContext.ActivationServices;

    /// <summary>Runs before the first call, once persistent state is read; where it throws, the calls that wait end in its exception.</summary>
    public virtual Task OnActivateAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    /// <summary>Runs after the last call and before a next activation's first.</summary>
    public virtual Task OnDeactivateAsync(DeactivationReason reason, CancellationToken cancellationToken) => Task.CompletedTask;

    /// <summary>Ends the activation once its running calls are done; calls that wait go to the next one.</summary>
    protected void DeactivateOnIdle() => GrainBaseExtensions.DeactivateOnIdle(this);

    /// <summary>Keeps the activation for at least so long; zero takes that back, an infinite time keeps it for good.</summary>
    protected void DelayDeactivation(TimeSpan timeSpan) => ((Activation)GrainContext).DelayDeactivation(timeSpan);
}
