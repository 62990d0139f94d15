using Granary.Core.Configuration;
using Granary.Testing;

namespace Granary.Cluster.Host.Tests;

public sealed class DatabaseAddressTests
{
    private static readonly ServeOptions Options = new() { Folder = "/folder" };

    [Test]
    public void Without_a_word_the_database_is_a_file_in_the_folder()
    {
        Assert.That(Resolve(null), Is.EqualTo("sqlite:/folder/granary.db"));
    }

    [TestCase("sqlite:x.db", "sqlite:x.db")]
    [TestCase("postgres:Host=db;Username=granary", "postgres:Host=db;Username=granary")]
    [TestCase("postgres:env:NAME", "postgres:Host=db;Password=secret")]
    public void An_address_is_taken_as_it_is_or_from_where_it_says(string given, string expected)
    {
        Assert.That(Resolve(given), Is.EqualTo(expected));
    }

    [Test]
    public void A_connection_may_stand_in_a_file()
    {
        using var folder = new TempFolder();
        File.WriteAllText(folder["connection"], "Host=db;Password=secret\n");

        Assert.That(Resolve($"postgres:file:{folder["connection"]}"), Is.EqualTo("postgres:Host=db;Password=secret"));
    }

    [TestCase("postgres:Host=db;Password=secret", "postgres:env:NAME", Description = "a password among the arguments")]
    [TestCase("postgres:env:OTHER", "'OTHER' is not", Description = "a variable that is not set")]
    [TestCase("mysql:Password=secret", "'mysql:' but must be", Description = "a database of no kind")]
    [TestCase("secret", "but must be", Description = "no kind at all")]
    public void What_cannot_be_used_is_refused_without_showing_a_password(string given, string expected)
    {
        var refused = Assert.Throws<ConfigurationException>(() => Resolve(given));

        Assert.That(refused.Message, Does.Contain(expected));
        Assert.That(refused.Message, Does.Not.Contain("Password=secret"));
    }

    private static string Resolve(string? database)
    {
        return DatabaseAddress.Resolve(Options with { Database = database }, name => name == "NAME" ? "Host=db;Password=secret" : null);
    }
}
