using System.Threading.Channels;
using Granary.Core.Jobs;

namespace Granary.Cluster.Workers.Tests;

/// <summary>Runs jobs by telling the test of them, which ends them.</summary>
internal sealed class FakeLauncher : IJobLauncher
{
    private readonly Channel<StartedJob> _started = Channel.CreateUnbounded<StartedJob>();

    public int Places => 8;

    /// <summary>Started jobs that the test has not taken.</summary>
    public int Waiting => _started.Reader.Count;

    public Task<StartedJob> NextAsync() => _started.Reader.ReadAsync().AsTask().WaitAsync(TimeSpan.FromSeconds(10));

    public async Task<JobOutcome> RunAsync(JobSpec job, CancellationToken cancellationToken)
    {
        var started = new StartedJob(job, cancellationToken);
        await _started.Writer.WriteAsync(started, CancellationToken.None);
        return await started.Outcome.Task.WaitAsync(cancellationToken);
    }

    internal sealed record StartedJob(JobSpec Job, CancellationToken Stopped)
    {
        public TaskCompletionSource<JobOutcome> Outcome { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public void End(int code = 0, string message = "") => Outcome.SetResult(new JobOutcome(code, message));
    }
}
