using Granary.Core.Configuration;

namespace Granary.Cluster.Host;

/// <summary>Reads which database to use; a password never needs to stand among a process' arguments.</summary>
internal static class DatabaseAddress
{
    private const string Sqlite = "sqlite:";
    private const string Postgres = "postgres:";
    private const string Variable = "env:";
    private const string FileMark = "file:";

    /// <summary>The database in full: "sqlite:FILE" or "postgres:CONNECTION".</summary>
    /// <exception cref="ConfigurationException">It is neither, or shows a password.</exception>
    internal static string Resolve(ServeOptions options, Func<string, string?> variable)
    {
        var given = options.Database ?? $"{Sqlite}{Path.Combine(options.Folder, "granary.db")}";
        var errors = new ConfigurationErrors();
        errors.Require(given.StartsWith(Sqlite, StringComparison.Ordinal) || given.StartsWith(Postgres, StringComparison.Ordinal), "database", Shown(given), "'sqlite:FILE' or 'postgres:CONNECTION'");
        errors.ThrowIfAny("serve");
        if (!given.StartsWith(Postgres, StringComparison.Ordinal))
        {
            return given;
        }

        var connection = given[Postgres.Length..];
        if (connection.StartsWith(Variable, StringComparison.Ordinal))
        {
            var name = connection[Variable.Length..];
            errors.Require(variable(name) is { Length: > 0 }, "database", given, $"the name of a variable that is set; '{name}' is not");
            errors.ThrowIfAny("serve");
            return Postgres + variable(name);
        }

        if (connection.StartsWith(FileMark, StringComparison.Ordinal))
        {
            return Postgres + File.ReadAllText(connection[FileMark.Length..]).Trim();
        }

        if (connection.Contains("password", StringComparison.OrdinalIgnoreCase))
        {
            errors.Add("'database' holds a password, which every user of this machine can read in the list of processes. Give it as 'postgres:env:NAME' or 'postgres:file:FILE'.");
            errors.ThrowIfAny("serve");
        }

        return given;
    }

    // What is neither may still hold a password.
    private static string Shown(string given)
    {
        var end = given.IndexOf(':', StringComparison.Ordinal);
        return end < 0 ? given : given[..(end + 1)];
    }
}
