using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Hosting;
using Orleans.Runtime;
using Orleans.Storage;

namespace Orleans.Hosting;

/// <summary>Puts the embedded runtime into a host.</summary>
public static class EmbeddedOrleansExtensions
{
    /// <summary>Adds <see cref="IGrainFactory"/>, and the runtime that starts and stops with the host; time is the registered <see cref="TimeProvider"/>'s.</summary>
    public static IServiceCollection AddEmbeddedOrleans(this IServiceCollection services, EmbeddedOrleansOptions options)
    {
        ArgumentNullException.ThrowIfNull(services);
        ArgumentNullException.ThrowIfNull(options);
        services.AddLogging();
        services.TryAddSingleton(TimeProvider.System);
        services.AddSingleton(options);
        services.AddSingleton<GrainRuntime>();
        services.AddSingleton<IGrainFactory>(provider => provider.GetRequiredService<GrainRuntime>());
        services.AddSingleton<IHostedService>(provider => provider.GetRequiredService<GrainRuntime>());
        return services;
    }

    /// <summary>Adds a storage in memory under a key.</summary>
    public static IServiceCollection AddMemoryGrainStorage(this IServiceCollection services, string name)
    {
        return services.AddKeyedSingleton<IGrainStorage, MemoryGrainStorage>(name);
    }
}
