using Granary.Cluster.Grains;
using Granary.Cluster.Protocol;

namespace Granary.EndToEnd.Tests;

/// <summary>A coordinator and workers of this machine, as processes, around the folder of a <see cref="TinyRun"/>.</summary>
internal sealed class TrainingCluster : IDisposable
{
    private const string WorkerToken = "worker.token";

    // Far above what a tiny run takes; one that never ends must not hang the suite.
    private readonly CancellationTokenSource _late = new(TimeSpan.FromMinutes(5));

    private readonly TinyRun _run;
    private readonly TimeSpan _leaseTime;
    private readonly List<GranaryProcess> _workers = [];
    private GranaryProcess _coordinator;
    private string _address;
    private CoordinatorClient? _client;

    public TrainingCluster(TinyRun run, TimeSpan leaseTime)
    {
        (_run, _leaseTime) = (run, leaseTime);
        (_coordinator, _address) = Serve("http://127.0.0.1:0");
        if (!File.Exists(run[WorkerToken]))
        {
            var token = run.Granary("token", "add", "worker", "--role", "worker", "--folder", run.Folder, "--output", run[WorkerToken]);
            Assert.That(token.ExitCode, Is.Zero, token.ToString());
        }
    }

    public CoordinatorClient Client => _client ??= new CoordinatorClient(
        CoordinatorOptions.Open(_address, Directory.EnumerateFiles(_run.Folder, "admin*token*").First()) with { Patience = TimeSpan.FromMinutes(1) }, TimeProvider.System);

    /// <summary>Starts a worker of one thread, with a place for a job's own process or without.</summary>
    public GranaryProcess AddWorker(int threads = 1, int drivers = 0)
    {
        var worker = GranaryProcess.Start(
            _run.Folder, "worker", "--coordinator", _address, "--folder", _run.Folder, "--token-file", _run[WorkerToken], "--threads", $"{threads}", "--drivers", $"{drivers}", "--address", "127.0.0.1");
        Assert.That(worker.WaitForLine(line => line.StartsWith("known", StringComparison.Ordinal)), Is.Not.Null, "the worker ended");
        _workers.Add(worker);
        return worker;
    }

    /// <summary>Kills the coordinator and starts it again at the same address.</summary>
    public void RestartCoordinator()
    {
        _coordinator.Kill();
        _coordinator.Dispose();
        (_coordinator, _address) = Serve(_address);
    }

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

    private (GranaryProcess Coordinator, string Address) Serve(string url)
    {
        var coordinator = GranaryProcess.Start(_run.Folder, "serve", "--folder", _run.Folder, "--url", url, "--lease-time", $"{_leaseTime.TotalSeconds}s");
        var line = coordinator.WaitForLine(line => line.StartsWith("coordinator", StringComparison.Ordinal));
        return line is null ? throw new InvalidOperationException(coordinator.WaitForEnd().ToString()) : (coordinator, line.Split(' ', StringSplitOptions.RemoveEmptyEntries)[1]);
    }
}
