using System.Diagnostics;
using System.Globalization;

namespace Granary.Testing;

/// <summary>A PostgreSQL server of the tests' own, in a temporary folder and on a socket there, that can be killed.</summary>
/// <remarks>PostgreSQL refuses to run as root, so that for root it runs as the user "postgres".</remarks>
public sealed class PostgresServer : IAsyncDisposable
{
    private const string Configuration =
        """
        listen_addresses = ''
        max_connections = 200
        shared_buffers = 256MB

        """;

    private static readonly string? Programs = FindPrograms();

    private readonly string _folder;
    private int _databases;

    private PostgresServer(string folder)
    {
        _folder = folder;
    }

    /// <summary>Why there can be no server here; null where there can.</summary>
    public static string? WhyAbsent => Programs is null ? "PostgreSQL's 'initdb', 'pg_ctl' and 'createdb' are not installed." : null;

    private string Data => Path.Combine(_folder, "data");

    private string Log => Path.Combine(_folder, "log");

    /// <summary>Makes a cluster and starts its server.</summary>
    /// <param name="isDurable">Whether what is committed is synced to the disk; without, the server is quicker and only a power cut differs.</param>
    public static async Task<PostgresServer> StartAsync(bool isDurable)
    {
        var folder = Directory.CreateTempSubdirectory("granary-postgres-").FullName;
        if (Environment.IsPrivilegedProcess)
        {
            await RunAsync("chown", "postgres", folder);
        }

        var server = new PostgresServer(folder);
        await RunAsOwnerAsync("initdb", "--pgdata", server.Data, "--username", "granary", "--auth", "trust", "--no-sync", "--encoding", "UTF8", "--locale", "C");
        var settings = $"{Configuration}unix_socket_directories = '{folder}'\nfsync = {(isDurable ? "on" : "off")}\n";
        await File.AppendAllTextAsync(Path.Combine(server.Data, "postgresql.conf"), settings);
        await server.StartAsync();
        return server;
    }

    /// <summary>Makes an empty database and gives the connection string to it.</summary>
    public async Task<string> CreateDatabaseAsync()
    {
        var name = $"test{Interlocked.Increment(ref _databases)}";
        await RunAsync(Path.Combine(Programs!, "createdb"), "--host", _folder, "--username", "granary", "--maintenance-db", "postgres", name);
        return $"Host={_folder};Username=granary;Database={name}";
    }

    /// <summary>Starts the server after a kill.</summary>
    public Task StartAsync() => RunAsOwnerAsync("pg_ctl", "start", "--wait", "--silent", "--pgdata", Data, "--log", Log);

    /// <summary>Kills the server's main process and waits for those it leaves.</summary>
    public async Task KillAsync()
    {
        var main = int.Parse(File.ReadLines(Path.Combine(Data, "postmaster.pid")).First(), CultureInfo.InvariantCulture);
        var children = await File.ReadAllTextAsync($"/proc/{main}/task/{main}/children");
        var processes = children.Split(' ', StringSplitOptions.RemoveEmptyEntries)
            .Select(child => int.Parse(child, CultureInfo.InvariantCulture))
            .Prepend(main)
            .SelectMany(FindProcess)
            .ToList();
        processes[0].Kill();
        foreach (var process in processes)
        {
            await process.WaitForExitAsync();
            process.Dispose();
        }
    }

    /// <summary>Starts a killed server as a standby and promotes it to a timeline of its own, as a restore or a failover does.</summary>
    public async Task StartPromotedAsync()
    {
        await File.WriteAllTextAsync(Path.Combine(Data, "standby.signal"), "");
        await StartAsync();
        await RunAsOwnerAsync("pg_ctl", "promote", "--wait", "--silent", "--pgdata", Data);
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        await RunAsOwnerAsync("pg_ctl", "stop", "--wait", "--silent", "--mode", "immediate", "--pgdata", Data);
        Directory.Delete(_folder, recursive: true);
    }

    private static IEnumerable<Process> FindProcess(int id)
    {
        try
        {
            return [Process.GetProcessById(id)];
        }
        catch (ArgumentException)
        {
            return []; // It has ended.
        }
    }

    private static Task RunAsOwnerAsync(string program, params string[] arguments)
    {
        var path = Path.Combine(Programs!, program);
        return Environment.IsPrivilegedProcess ? RunAsync("runuser", ["-u", "postgres", "--", path, .. arguments]) : RunAsync(path, arguments);
    }

    private static async Task RunAsync(string program, params string[] arguments)
    {
        var start = new ProcessStartInfo(program, arguments) { WorkingDirectory = "/", RedirectStandardOutput = true, RedirectStandardError = true };
        using var process = Process.Start(start)!;
        var output = await process.StandardOutput.ReadToEndAsync() + await process.StandardError.ReadToEndAsync();
        await process.WaitForExitAsync();
        if (process.ExitCode != 0)
        {
            throw new InvalidOperationException($"'{program} {string.Join(' ', arguments)}' ended with {process.ExitCode}: {output}");
        }
    }

    private static string? FindPrograms()
    {
        var folders = (Environment.GetEnvironmentVariable("PATH") ?? "").Split(':').AsEnumerable();
        if (Directory.Exists("/usr/lib/postgresql"))
        {
            folders = folders.Concat(Directory.GetDirectories("/usr/lib/postgresql").Order().Reverse().Select(version => Path.Combine(version, "bin")));
        }

        return folders.FirstOrDefault(folder => Array.TrueForAll(["initdb", "pg_ctl", "createdb"], program => File.Exists(Path.Combine(folder, program))));
    }
}
