using System.Diagnostics;
using System.Globalization;

namespace Granary.Cluster.Submission.Slurm;

/// <summary>The process of a batch job: starts the part's ranks by srun, has them save before the limit, and asks to be requeued.</summary>
public sealed class SlurmBatch
{
    private const int Failed = 1;
    private const int Interrupted = 130;

    private readonly JobParameters _parameters;
    private readonly ProgramRunner _programs;
    private readonly TimeProvider _time;

    /// <summary>The process with its parameters, in the environment that Slurm gave it.</summary>
    public SlurmBatch(JobParameters parameters, IReadOnlyDictionary<string, string> environment, TimeProvider time)
    {
        _parameters = parameters;
        _programs = new ProgramRunner(environment, time);
        _time = time;
    }

    private string JobId => _programs.Environment["SLURM_JOB_ID"];

    private string Part => _programs.Environment.TryGetValue("SLURM_ARRAY_TASK_ID", out var task) ? $"{_parameters.Part}-{task}" : _parameters.Part;

    /// <summary>
    /// Runs the part to its end and gives the exit code. <paramref name="limit"/> is cancelled shortly before Slurm's limit,
    /// <paramref name="end"/> when the job is to end for good or to be started again by somebody else; Slurm then tells the
    /// ranks itself. <paramref name="say"/> takes what the job's log should tell.
    /// </summary>
    public async Task<int> RunAsync(Action<string> say, CancellationToken limit, CancellationToken end)
    {
        JobEnding.Clear(_parameters.Folder, Part);
        if (Restarts() is var restarts && restarts > _parameters.MaxRestarts)
        {
            say($"Slurm has started this job '{restarts}' times again, but 'max_restarts' is {_parameters.MaxRestarts}. Look into the log above for what ends it, then submit again.");
            return Ended(Failed);
        }

        using var ranks = StartRanks();
        using var saving = limit.Register(() => _ = SaveAsync(say));
        await ranks.WaitForExitAsync(CancellationToken.None);
        if (ranks.ExitCode != Interrupted || !limit.IsCancellationRequested || end.IsCancellationRequested)
        {
            return Ended(ranks.ExitCode);
        }

        say("saved before the limit; asking Slurm to go on later");
        var requeued = await _programs.RunAsync(_parameters.Run, "scontrol", ["requeue", JobId], CancellationToken.None);
        return requeued.IsDone ? Interrupted : Ended(Refused(say, requeued));
    }

    private static int Refused(Action<string> say, ProgramResult result)
    {
        say($"Slurm does not start the job again: {result.Complaint}. Submit the run again to go on.");
        return Failed;
    }

    private int Ended(int code)
    {
        new JobEnding(code, _time.GetUtcNow()).Write(_parameters.Folder, Part);
        return code;
    }

    private int Restarts()
    {
        return int.Parse(_programs.Environment.GetValueOrDefault("SLURM_RESTART_COUNT", "0"), CultureInfo.InvariantCulture);
    }

    // srun takes SIGTERM for itself and kills its tasks at once, so they are asked through Slurm; the batch step, which is
    // this process, is not among those that scancel signals.
    private async Task SaveAsync(Action<string> say)
    {
        say("the limit is near: saving");
        await _programs.RunAsync(_parameters.Run, "scancel", ["--signal=TERM", JobId], CancellationToken.None);
    }

    private Process StartRanks()
    {
        var file = _programs.Find("srun") ?? throw new SubmissionException(_parameters.Run, "The program 'srun' is not on PATH of the node. Slurm's commands must be installed where its jobs run.");
        string[] options =
        [
            // The job's own environment, which --export=NONE of sbatch would keep from its steps.
            "--export=ALL",

            // Rank 0 ends last: it writes the checkpoint that all were asked for, and does what follows training. Ranks whose
            // peer is gone end by themselves.
            "--kill-on-bad-exit=0",
            "--wait=0",
            string.Create(CultureInfo.InvariantCulture, $"--ntasks={_parameters.Tasks}"),
            string.Create(CultureInfo.InvariantCulture, $"--cpus-per-task={_parameters.CpusPerTask}"),
        ];
        var start = new ProcessStartInfo(file, [.. options, .. _parameters.Program, .. _parameters.Arguments.Select(WithTask)]) { UseShellExecute = false };
        start.Environment.Clear();
        foreach (var (name, value) in _programs.Environment.Concat(_parameters.Environment))
        {
            start.Environment[name] = value;
        }

        return Process.Start(start)!;
    }

    private string WithTask(string argument)
    {
        return argument.Replace("{task}", _programs.Environment.GetValueOrDefault("SLURM_ARRAY_TASK_ID", string.Empty), StringComparison.Ordinal);
    }
}
