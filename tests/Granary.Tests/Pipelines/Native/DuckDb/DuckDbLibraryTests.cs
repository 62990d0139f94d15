using Granary.Testing;

namespace Granary.Pipelines.Native.DuckDb.Tests;

public sealed class DuckDbLibraryTests
{
    [Test]
    public void The_version_is_the_one_that_setup_fetches()
    {
        var script = File.ReadAllText(Repository.PathOf("scripts", "setup.sh"));

        Assert.That(script, Does.Contain($"duckdb_version={DuckDbLibrary.Version}\n").And.Contain("/granary/lib/duckdb-$duckdb_version").And.Contain(DuckDbLibrary.Variable));
    }

    [Test]
    public void A_named_file_that_is_missing_is_one_sentence()
    {
        var error = Assert.Throws<DuckDbException>(() => DuckDbLibrary.Load("/nowhere/libduckdb.so", "/nowhere/else", "libnowhere.so"));

        Assert.That(error.Message, Does.StartWith("DuckDB's library '/nowhere/libduckdb.so' cannot be loaded: ").And.EndWith($"Name DuckDB's libduckdb.so in {DuckDbLibrary.Variable}, or unset it."));
    }

    [Test]
    public void A_fetched_file_that_is_no_library_is_one_sentence()
    {
        using var folder = new TempFolder();
        File.WriteAllText(folder["libduckdb.so"], "no library");

        var error = Assert.Throws<DuckDbException>(() => DuckDbLibrary.Load(null, folder["libduckdb.so"], "libnowhere.so"));

        Assert.That(error.Message, Does.Contain(folder["libduckdb.so"]).And.EndWith("Delete it and run 'make setup'."));
    }

    [Test]
    public void A_machine_without_it_is_told_how_to_get_it()
    {
        var error = Assert.Throws<DuckDbException>(() => DuckDbLibrary.Load(null, "/nowhere/libduckdb.so", "libnowhere.so"));

        Assert.That(error.Message, Does.Contain("is missing").And.Contain("'/nowhere/libduckdb.so'").And.EndWith("Run 'make setup', which fetches it."));
    }
}
