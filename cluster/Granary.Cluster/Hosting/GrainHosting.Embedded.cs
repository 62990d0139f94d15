using Granary.Cluster.Ledger;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Orleans.Hosting;

namespace Granary.Cluster.Hosting;

/// <content>The embedded runtime.</content>
public static partial class GrainHosting
{
    static partial void AddRuntime(IHostApplicationBuilder builder, string database)
    {
        builder.Services.AddSingleton(provider => provider.GetRequiredService<ClusterDatabase>().GrainStorage);
        builder.Services.AddEmbeddedOrleans(new EmbeddedOrleansOptions { GrainAssemblies = [typeof(GrainHosting).Assembly] });
    }
}
