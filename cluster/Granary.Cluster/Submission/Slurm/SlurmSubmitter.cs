using System.Text;
using System.Text.RegularExpressions;

namespace Granary.Cluster.Submission.Slurm;

/// <summary>Runs as jobs of Slurm: sbatch hands over, squeue and sacct look, scancel ends.</summary>
internal sealed partial class SlurmSubmitter : ISubmitter
{
    /// <summary>What `--to` says.</summary>
    public const string Name = "slurm";

    private readonly ProgramRunner _programs;
    private readonly SlurmQueue _queue;
    private readonly TimeProvider _time;

    public SlurmSubmitter(ProgramRunner programs, TimeProvider time)
    {
        _programs = programs;
        _queue = new SlurmQueue(programs);
        _time = time;
    }

    /// <inheritdoc/>
    public bool MayRepeat => false;

    /// <inheritdoc/>
    public IReadOnlyList<string> PartsOf(SubmissionOrder order) => [SlurmPlan.Prepare, SlurmPlan.Train];

    /// <inheritdoc/>
    public string Describe(SubmissionOrder order, string operation)
    {
        var plan = new SlurmPlan(order, operation, Path.Combine(order.RunFolder, "jobs", operation));
        var text = new StringBuilder();
        string? after = null;
        foreach (var part in PartsOf(order))
        {
            text.Append("sbatch").Append(string.Concat(plan.ArgumentsOf(part, after).Select(argument => $" \\\n  {argument}"))).Append("\n\n");
            after = $"JOB_OF_{part.ToUpperInvariant()}";
        }

        return text.Append(Encoding.UTF8.GetString(SlurmScript.Bytes)).ToString();
    }

    /// <inheritdoc/>
    public async Task<string> SubmitAsync(SubmissionOrder order, SubmittedJob job, SubmittedPart part, CancellationToken cancellationToken)
    {
        var plan = new SlurmPlan(order, job.Operation, job.Folder);
        var before = job.Parts.TakeWhile(other => other.Name != part.Name).LastOrDefault()?.Id;
        var arguments = plan.ArgumentsOf(part.Name, before);
        JobFolder.Create(job.Folder);
        SlurmScript.WriteTo(job.Folder);
        plan.ParametersOf(part.Name).Write();
        var result = await _programs.RunAsync(job.Name, "sbatch", arguments, cancellationToken);
        if (Id(result) is { } id)
        {
            return id;
        }

        // A refusal says why. Without an answer from the controller the job may be there all the same.
        return result is { ExitCode: > 0 } && !Unanswered().IsMatch(result.Error)
            ? throw new SubmissionException(job.Name, $"Slurm refused '{part.Name}' of run '{job.Name}': {result.Complaint}. Change the section 'submission.slurm', or see what ails Slurm, and submit again.")
            : await FindAsync(job, part, cancellationToken) ?? throw Unknown(job, part, result);
    }

    /// <inheritdoc/>
    public Task<string?> FindAsync(SubmittedJob job, SubmittedPart part, CancellationToken cancellationToken)
    {
        return _queue.FindAsync(job.Name, SlurmPlan.CommentOf(job.Operation, part.Name), cancellationToken);
    }

    /// <inheritdoc/>
    public async Task<IReadOnlyList<PartReport>> LookAsync(SubmittedJob job, IReadOnlyList<SubmittedPart> parts, CancellationToken cancellationToken)
    {
        var reports = new List<PartReport>();
        foreach (var part in parts)
        {
            reports.Add(
                await _queue.LookAsync(job.Name, part.Id!, cancellationToken)
                ?? JobEnding.Read(job.Folder, part.Name)?.Report
                ?? new PartReport(SubmittedState.Unknown, "Slurm has forgotten it, and it left no word"));
        }

        return reports;
    }

    /// <inheritdoc/>
    public async Task CancelAsync(SubmittedJob job, IReadOnlyList<SubmittedPart> parts, CancellationToken cancellationToken)
    {
        if (parts.Count == 0)
        {
            return;
        }

        var result = await _programs.RunAsync(job.Name, "scancel", [.. parts.Select(part => part.Id!)], cancellationToken);
        if (!result.IsDone)
        {
            throw new SubmissionException(job.Name, $"Run '{job.Name}' may not be cancelled: scancel says '{result.Complaint}'. Try again.");
        }
    }

    /// <inheritdoc/>
    public IAsyncEnumerable<string> ReadLogAsync(SubmittedJob job, bool follows, CancellationToken cancellationToken)
    {
        var logs = new LogFiles(() => JobFolder.Logs(job), _time);
        return logs.ReadAsync(follows ? token => IsOverAsync(job, token) : null, cancellationToken);
    }

    // "123", or "123;cluster" where there are several.
    private static string? Id(ProgramResult result)
    {
        var match = result is { IsDone: true, Lines.Length: > 0 } ? Submitted().Match(result.Lines[^1]) : Match.Empty;
        return match.Success ? match.Groups[1].Value : null;
    }

    private static SubmissionException Unknown(SubmittedJob job, SubmittedPart part, ProgramResult result)
    {
        return new SubmissionException(
            job.Name,
            $"Whether Slurm took '{part.Name}' of run '{job.Name}' is unknown: sbatch says '{result.Complaint}', and squeue shows no job with the comment '{SlurmPlan.CommentOf(job.Operation, part.Name)}'. Submit again to look once more; no second job is made.",
            isUnknown: true);
    }

    private async Task<bool> IsOverAsync(SubmittedJob job, CancellationToken cancellationToken)
    {
        var reports = await LookAsync(job, [.. job.Parts.Where(part => part.Id is not null)], cancellationToken);
        return reports.All(report => report.State is not (SubmittedState.Queued or SubmittedState.Running));
    }

    [GeneratedRegex(@"\A([0-9]{1,18})(;[^;]*)?\z", RegexOptions.NonBacktracking)]
    private static partial Regex Submitted();

    [GeneratedRegex("timed out|unable to contact|connection|communicat|zero bytes|socket|unexpected message|transport", RegexOptions.IgnoreCase | RegexOptions.NonBacktracking)]
    private static partial Regex Unanswered();
}
