namespace Granary.Cluster.Ledger.Tests;

public sealed class ClusterDatabaseTests
{
    [TestCase("mysql:Password=secret", Description = "another database")]
    [TestCase("Password=secret", Description = "no database's name")]
    [TestCase("sqlite:", Description = "no file")]
    public void An_address_of_no_database_is_refused_without_showing_it(string address)
    {
        Assert.That(() => ClusterDatabase.Open(address, TimeProvider.System), Throws.ArgumentException.With.Message.Not.Contains("secret"));
    }

    [Test]
    public async Task Nothing_is_opened_before_it_is_used()
    {
        await using var database = ClusterDatabase.Open("postgres:Host=/none;Username=granary", TimeProvider.System);

        Assert.ThrowsAsync<LedgerUnavailableException>(() => database.Ledger.OpenAsync(default));
    }
}
