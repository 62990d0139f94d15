using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;

namespace Granary.Cluster.Grains;

/// <summary>What the grains are made with.</summary>
public static class GrainServices
{
    /// <summary>
    /// Adds what grains need beside the ledger, the storage of their state and <see cref="IJobConfigurations"/>: options, clock
    /// and jobs' files. What is there already stays.
    /// </summary>
    public static IServiceCollection AddGranaryGrains(this IServiceCollection services, ClusterOptions options)
    {
        services.AddLogging();
        services.TryAddSingleton(options);
        services.TryAddSingleton(TimeProvider.System);
        services.TryAddSingleton<IJobFiles, JobFiles>();
        return services;
    }
}
