using System.Globalization;

namespace Granary.Cluster.Submission.Slurm;

/// <summary>What Slurm knows of jobs: squeue for those it has in memory, sacct for older ones where accounting is on.</summary>
internal sealed class SlurmQueue
{
    // Fixed formats: their meaning has been the same in every version, and JSON needs a plug-in that not every one has.
    private const string ById = "--format=%F|%T|%r";
    private const string ByComment = "--format=%F|%k";
    private const string SacctById = "--format=JobID,State";
    private const string SacctByComment = "--format=JobID,Comment";

    private readonly ProgramRunner _programs;

    public SlurmQueue(ProgramRunner programs)
    {
        _programs = programs;
    }

    /// <summary>Where a job stands, all tasks of an array together; null where Slurm has forgotten it.</summary>
    public async Task<PartReport?> LookAsync(string run, string id, CancellationToken cancellationToken)
    {
        var queue = await _programs.RunAsync(run, "squeue", ["--noheader", "--states=all", ById, $"--jobs={id}"], cancellationToken);
        if (!queue.IsDone && !queue.Error.Contains("Invalid job id", StringComparison.Ordinal))
        {
            return new PartReport(SubmittedState.Unknown, $"squeue: {queue.Complaint}");
        }

        var known = Rows(queue, fields: 3).Where(row => row[0] == id).Select(row => Report(row[1], row[2])).ToList();
        if (known.Count == 0)
        {
            var accounting = await _programs.RunAsync(run, "sacct", ["--noheader", "--parsable2", "--allocations", SacctById, $"--jobs={id}"], cancellationToken);
            known = [.. Rows(accounting, fields: 2).Where(row => row[0].Split('_')[0] == id).Select(row => Report(row[1], string.Empty))];
        }

        return known.Count == 0 ? null : Sum(known);
    }

    /// <summary>The id of the job with a comment; null where there is none.</summary>
    /// <exception cref="SubmissionException">Slurm does not answer, so it is unknown.</exception>
    public async Task<string?> FindAsync(string run, string comment, CancellationToken cancellationToken)
    {
        var queue = await _programs.RunAsync(run, "squeue", ["--noheader", "--states=all", "--me", ByComment], cancellationToken);
        if (!queue.IsDone)
        {
            throw new SubmissionException(run, $"Whether Slurm has the job with the comment '{comment}' is unknown: squeue says '{queue.Complaint}'. Submit again once it answers; no second job is made.", isUnknown: true);
        }

        if (Rows(queue, fields: 2).FirstOrDefault(row => row[1].Trim() == comment) is { } row)
        {
            return row[0];
        }

        var accounting = await _programs.RunAsync(run, "sacct", ["--noheader", "--parsable2", "--allocations", SacctByComment, "--starttime=now-7days"], cancellationToken);
        return Rows(accounting, fields: 2).FirstOrDefault(old => old[1].Trim() == comment)?[0].Split('_')[0];
    }

    private static IEnumerable<string[]> Rows(ProgramResult result, int fields)
    {
        return result.Lines.Select(line => line.Split('|', fields)).Where(row => row.Length == fields);
    }

    private static PartReport Report(string state, string reason)
    {
        var detail = reason is "" or "None" ? state : $"{state} ({reason})";
        return new PartReport(SlurmStates.Read(state), detail);
    }

    // As long as a task of an array is not over, the array is not.
    private static PartReport Sum(List<PartReport> tasks)
    {
        if (tasks.Count == 1)
        {
            return tasks[0];
        }

        var open = tasks.Where(task => !task.IsFinal).ToList();
        var told = open.Find(task => task.State == SubmittedState.Running) ?? open.FirstOrDefault() ?? SubmissionDesk.Sum(tasks);
        var done = tasks.Count(task => task.State == SubmittedState.Done);
        return told with { Detail = string.Create(CultureInfo.InvariantCulture, $"{told.Detail}, {done} of {tasks.Count} tasks done") };
    }
}
