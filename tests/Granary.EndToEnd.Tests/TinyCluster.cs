using Granary.Testing;

namespace Granary.EndToEnd.Tests;

/// <summary>A coordinator and its workers as processes of this machine, over the folder of a tiny run.</summary>
internal sealed class TinyCluster : IDisposable
{
    private const string LeaseTime = "4s";

    private readonly string _folder;
    private readonly int _port = FreePort.Find();
    private readonly List<GranaryProcess> _processes = [];
    private readonly string _workerToken;
    private GranaryProcess _coordinator;

    public TinyCluster(TinyRun run)
    {
        _folder = run.Folder;
        _coordinator = StartCoordinator();
        _workerToken = Path.Combine(_folder, "worker.token");
        var made = run.Granary("token", "add", "worker", "--role", "worker", "--folder", _folder, "--output", _workerToken);
        Assert.That(made.ExitCode, Is.Zero, made.ToString());
    }

    /// <summary>The coordinator's address.</summary>
    public string Url => $"http://127.0.0.1:{_port}";

    /// <summary>The file of a token that may do everything.</summary>
    public string AdminToken => Path.Combine(_folder, "admin.token");

    /// <summary>Starts a worker, and waits until the coordinator knows it.</summary>
    public GranaryProcess StartWorker(int drivers)
    {
        var worker = GranaryProcess.Start(_folder, "worker", "--coordinator", Url, "--folder", _folder, "--token-file", _workerToken, "--threads", "1", "--drivers", $"{drivers}");
        _processes.Add(worker);
        Assert.That(worker.WaitForLine(line => line.StartsWith("known to the coordinator", StringComparison.Ordinal)), Is.Not.Null);
        return worker;
    }

    /// <summary>Kills the coordinator, and starts another one over what it has left.</summary>
    public void RestartCoordinator()
    {
        _coordinator.Kill();
        _coordinator.WaitForEnd();
        _coordinator = StartCoordinator();
    }

    public void Dispose()
    {
        _processes.ForEach(process => process.Dispose());
    }

    private GranaryProcess StartCoordinator()
    {
        var coordinator = GranaryProcess.Start(_folder, "serve", "--folder", _folder, "--url", Url, "--lease-time", LeaseTime);
        _processes.Add(coordinator);
        Assert.That(coordinator.WaitForLine(line => line.StartsWith("coordinator", StringComparison.Ordinal)), Is.Not.Null);
        return coordinator;
    }
}
