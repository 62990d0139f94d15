using Granary.Testing;

namespace Granary.Cluster.Ledger.Tests;

/// <summary>The PostgreSQL server that the tests of this folder share: it starts with the first that asks and stops behind the last.</summary>
[SetUpFixture]
public sealed class PostgresFixture
{
    private static readonly Lazy<Task<PostgresServer>> Server = new(() => PostgresServer.StartAsync(isDurable: false));

    /// <summary>The connection string of an empty database. Where PostgreSQL is absent, the test that asks is skipped with the reason.</summary>
    public static async Task<string> CreateDatabaseAsync()
    {
        Assume.That(PostgresServer.WhyAbsent, Is.Null, PostgresServer.WhyAbsent);
        return await (await Server.Value).CreateDatabaseAsync();
    }

    [OneTimeTearDown]
    public async Task StopAsync()
    {
        if (Server.IsValueCreated)
        {
            await (await Server.Value).DisposeAsync();
        }
    }
}
