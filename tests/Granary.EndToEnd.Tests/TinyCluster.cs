using Granary.Cluster.Grains;
using Granary.Cluster.Protocol;

namespace Granary.EndToEnd.Tests;

/// <summary>A coordinator and its workers as processes of this machine, over the folder of a tiny run.</summary>
internal sealed class TinyCluster : IDisposable
{
    // Far above what a tiny run takes; one that never ends must not hang the suite.
    private readonly CancellationTokenSource _late = new(TimeSpan.FromMinutes(5));

    private readonly TinyRun _run;
    private readonly TimeSpan _leaseTime;
    private readonly string _workerToken;
    private readonly List<GranaryProcess> _workers = [];
    private GranaryProcess _coordinator;
    private CoordinatorClient? _client;

    public TinyCluster(TinyRun run, TimeSpan leaseTime)
    {
        (_run, _leaseTime) = (run, leaseTime);
        (_coordinator, Url) = Serve("http://127.0.0.1:0");
        _workerToken = run["worker.token"];
        if (!File.Exists(_workerToken))
        {
            var made = run.Granary("token", "add", "worker", "--role", "worker", "--folder", run.Folder, "--output", _workerToken);
            Assert.That(made.ExitCode, Is.Zero, made.ToString());
        }
    }

    /// <summary>The coordinator's address, which it keeps when it restarts.</summary>
    public string Url { get; }

    /// <summary>The file of a token that may do everything.</summary>
    public string AdminToken => _run["admin.token"];

    private CoordinatorClient Client => _client ??= new CoordinatorClient(
        CoordinatorOptions.Open(Url, AdminToken) with { Patience = TimeSpan.FromMinutes(1) }, TimeProvider.System);

    /// <summary>Starts a worker of one thread, with places for jobs' own processes or without, and waits until the coordinator knows it.</summary>
    public GranaryProcess StartWorker(int drivers = 0)
    {
        var worker = GranaryProcess.Start(
            _run.Folder, "worker", "--coordinator", Url, "--folder", _run.Folder, "--token-file", _workerToken, "--threads", "1", "--drivers", $"{drivers}", "--address", "127.0.0.1");
        _workers.Add(worker);
        Assert.That(worker.WaitForLine(line => line.StartsWith("known to the coordinator", StringComparison.Ordinal)), Is.Not.Null, "the worker ended");
        return worker;
    }

    /// <summary>Kills the coordinator, and starts another one at its address over what it has left.</summary>
    public void RestartCoordinator()
    {
        _coordinator.Kill();
        _coordinator.Dispose();
        (_coordinator, _) = Serve(Url);
    }

    /// <summary>Hands in a job.</summary>
    public Task<JobSnapshot> SubmitAsync(string job, string configuration)
    {
        return Client.SubmitAsync(new JobSubmission { Key = job, Configuration = configuration }, _late.Token);
    }

    /// <summary>Waits for a job's end; what its own process printed comes with it.</summary>
    public async Task<(JobSnapshot Job, string Log)> WaitForEndAsync(string job)
    {
        while (true)
        {
            // The job's own process is a dataset of one shard, which the coordinator waits for.
            var standing = (await Client.FindJobAsync(job, _late.Token))!;
            if (standing.Status is JobStatus.Done or JobStatus.Failed or JobStatus.Cancelled)
            {
                using var log = new StreamReader(await Client.OpenLogAsync(job, 0, _late.Token));
                return (standing, await log.ReadToEndAsync());
            }

            await WaitForChangeAsync($"{job}/driver");
        }
    }

    /// <summary>Waits until a step of a run has been taken, whose ranks other processes see by its folder only.</summary>
    public async Task WaitForStepAsync(string runPath, long step)
    {
        var events = Path.Combine(runPath, "events.jsonl");
        while (!File.Exists(events) || TinyRun.Losses(runPath).All(taken => taken.Step < step))
        {
            await Task.Delay(50, _late.Token);
        }
    }

    public void Dispose()
    {
        _client?.Dispose();
        _late.Dispose();
        _workers.ForEach(worker => worker.Dispose());
        _coordinator.Dispose();
    }

    private async Task WaitForChangeAsync(string dataset)
    {
        var version = (await Client.WaitAsync(dataset, 0, TimeSpan.Zero, _late.Token)).Version;
        await Client.WaitAsync(dataset, version, TimeSpan.FromSeconds(1), _late.Token);
    }

    private (GranaryProcess Coordinator, string Url) Serve(string url)
    {
        var coordinator = GranaryProcess.Start(_run.Folder, "serve", "--folder", _run.Folder, "--url", url, "--lease-time", $"{_leaseTime.TotalSeconds}s");
        var line = coordinator.WaitForLine(line => line.StartsWith("coordinator", StringComparison.Ordinal));
        return line is null ? throw new InvalidOperationException(coordinator.WaitForEnd().ToString()) : (coordinator, line.Split(' ', StringSplitOptions.RemoveEmptyEntries)[1]);
    }
}
