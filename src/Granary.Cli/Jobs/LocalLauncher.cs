using System.Diagnostics;
using System.Globalization;
using Granary.Cli.Ranks;
using Granary.Core.Jobs;

namespace Granary.Cli.Jobs;

/// <summary>
/// Runs jobs as processes of this machine, each this program once more: as many at once as there are places. A job ends with
/// this process, however that ends.
/// </summary>
internal sealed class LocalLauncher : IJobLauncher, IDisposable
{
    private readonly IReadOnlyList<string> _program;
    private readonly SemaphoreSlim _free;

    /// <summary>A launcher of this program, or of another one that takes its arguments.</summary>
    public LocalLauncher(int places, IReadOnlyList<string>? program = null)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(places, 1);
        Places = places;
        _program = program ?? RankStart.ThisProgram();
        _free = new SemaphoreSlim(places);
    }

    /// <inheritdoc/>
    public int Places { get; }

    /// <inheritdoc/>
    public async Task<JobOutcome> RunAsync(JobSpec job, CancellationToken cancellationToken)
    {
        await _free.WaitAsync(cancellationToken);
        try
        {
            job.Begun?.Invoke();
            using var log = new JobLog(job.LogPath);
            var take = (Action<string>)log.Take + job.Said;
            using var process = ChildProcess.Start(StartOf(job), take, take);
            using var interruption = job.Interruption.Register(process.Terminate);
            using var stop = cancellationToken.Register(() => EndSoon(process, job.StopTime));
            var code = await process.Ended;
            cancellationToken.ThrowIfCancellationRequested();
            return new JobOutcome(code, code == 0 ? string.Empty : log.Last);
        }
        finally
        {
            _free.Release();
        }
    }

    public void Dispose()
    {
        _free.Dispose();
    }

    private static void EndSoon(ChildProcess process, TimeSpan grace)
    {
        process.Terminate();
        _ = process.Ended.WaitAsync(grace).ContinueWith(_ => process.Kill(), CancellationToken.None, TaskContinuationOptions.OnlyOnFaulted, TaskScheduler.Default);
    }

    private ProcessStartInfo StartOf(JobSpec job)
    {
        var start = new ProcessStartInfo(_program[0], [.. _program.Skip(1), .. job.Arguments]) { WorkingDirectory = job.WorkingFolder ?? string.Empty };
        start.Environment[JobProcess.Variable] = job.Id;
        start.Environment["OMP_NUM_THREADS"] = job.Threads.ToString(CultureInfo.InvariantCulture);

        // A small process among many: one heap, and code compiled as far as a few seconds of work repay.
        start.Environment["DOTNET_gcServer"] = "0";
        start.Environment["DOTNET_TieredPGO"] = "0";
        foreach (var (name, value) in job.Environment)
        {
            start.Environment[name] = value;
        }

        return start;
    }
}
