using Granary.Cluster.Ledger;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Orleans.Hosting;
using Orleans.Serialization;

namespace Granary.Cluster.Hosting;

/// <content>
/// An Orleans silo. On PostgreSQL silos meet in the database, where the tables of Orleans' own scripts (Main, Clustering,
/// Persistence) must be; on SQLite there is one silo, and the grains' state lies where the embedded runtime keeps it.
/// </content>
public static partial class GrainHosting
{
    private const string Name = "granary"; // of the cluster and of the service
    private const string Invariant = "Npgsql"; // Orleans' word for PostgreSQL
    private const string PostgresPrefix = "postgres:";

    static partial void AddRuntime(IHostApplicationBuilder builder, string database)
    {
        builder.UseOrleans(silo =>
        {
            silo.Services.AddSerializer(serializer => serializer.AddJsonSerializer(isSupported: IsMessage));
            silo.Services.Configure<ExceptionSerializationOptions>(options => options.SupportedNamespacePrefixes.Add(nameof(Granary)));
            if (database.StartsWith(PostgresPrefix, StringComparison.Ordinal))
            {
                UsePostgres(silo, database[PostgresPrefix.Length..]);
            }
            else
            {
                silo.UseLocalhostClustering(serviceId: Name, clusterId: Name);
                silo.Services.AddSingleton(provider => provider.GetRequiredService<ClusterDatabase>().GrainStorage);
            }
        });
    }

    private static void UsePostgres(ISiloBuilder silo, string connection)
    {
        silo.Services.Configure<Orleans.Configuration.ClusterOptions>(options => (options.ClusterId, options.ServiceId) = (Name, Name));
        silo.UseAdoNetClustering(options =>
        {
            options.Invariant = Invariant;
            options.ConnectionString = connection;
        });
        silo.AddAdoNetGrainStorageAsDefault(options =>
        {
            options.Invariant = Invariant;
            options.ConnectionString = connection;
            options.GrainStorageSerializer = new GrainStateSerializer();
        });
    }

    // What grains are handed are records of these namespaces; exceptions have a codec of their own.
    private static bool IsMessage(Type type)
    {
        return type.Namespace?.StartsWith(nameof(Granary), StringComparison.Ordinal) == true && !type.IsAssignableTo(typeof(Exception));
    }
}
