using Granary.Cluster.Ledger;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Hosting;

namespace Granary.Cluster.Hosting;

/// <summary>Puts the grains into a process: in the embedded runtime, or in an Orleans silo where the build is made with Orleans=true.</summary>
public static partial class GrainHosting
{
    /// <summary>
    /// Adds the database at an address that <see cref="ClusterDatabase.Open"/> knows, its ledger, and the runtime of the grains
    /// that keep their state there. Time is the registered <see cref="TimeProvider"/>'s.
    /// </summary>
    public static IHostApplicationBuilder AddGrainRuntime(this IHostApplicationBuilder builder, string database)
    {
        ArgumentNullException.ThrowIfNull(builder);
        ArgumentNullException.ThrowIfNull(database);
        builder.Services.TryAddSingleton(TimeProvider.System);
        builder.Services.AddSingleton(provider => ClusterDatabase.Open(database, provider.GetRequiredService<TimeProvider>()));
        builder.Services.AddSingleton(provider => provider.GetRequiredService<ClusterDatabase>().Ledger);
        AddRuntime(builder, database);
        return builder;
    }

    static partial void AddRuntime(IHostApplicationBuilder builder, string database);
}
