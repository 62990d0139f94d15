using System.Text.RegularExpressions;
using Granary.Cluster.Ledger;
using Granary.Core.Configuration;

namespace Granary.Cluster.Grains;

/// <summary>A job's life. Ended once, it stays as it ended.</summary>
internal sealed partial record JobState
{
    /// <summary>What was handed in; null where there is no such job.</summary>
    public JobSubmission? Submission { get; init; }

    public string Name { get; init; } = string.Empty;

    /// <summary>When a run that is nobody's job, and only borrows the id, handed work out last; null for a job.</summary>
    public DateTimeOffset? HandedOut { get; init; }

    /// <summary>GPUs that the node of its own process must have.</summary>
    public int Gpus { get; init; }

    public string Submitter { get; init; } = string.Empty;

    public DateTimeOffset Submitted { get; init; }

    public JobStatus Status { get; init; }

    public DateTimeOffset? Ended { get; init; }

    public long Attempts { get; init; }

    public string? Node { get; init; }

    public string? Failure { get; init; }

    /// <summary>Whether it is being cancelled: it ends as soon as its shard says how.</summary>
    public bool IsCancelling { get; init; }

    /// <summary>Whether what was left of its datasets was ended too.</summary>
    public bool IsSettled { get; init; }

    public bool IsOver => Status is JobStatus.Done or JobStatus.Failed or JobStatus.Cancelled;

    public bool AcceptsWork => !IsOver && !IsCancelling;

    /// <summary>Whether neither a job nor a run of this id is known.</summary>
    public bool IsUnknown => Submission is null && HandedOut is null;

    /// <summary>Whether it ended, and all its datasets with it, or a run handed out its last work, longer ago than it is kept for.</summary>
    public bool IsExpired(DateTimeOffset now, TimeSpan stays)
    {
        return Submission is null
            ? HandedOut is { } last && now - last > stays
            : IsOver && IsSettled && Ended is { } ended && now - ended > stays;
    }

    /// <summary>Takes in that a run from a terminal hands work out; a moment of the same hour, or a job, leaves it as it is.</summary>
    public JobState HandOut(DateTimeOffset now)
    {
        return Submission is not null || (HandedOut is { } last && now - last < TimeSpan.FromHours(1)) ? this : this with { HandedOut = now };
    }

    /// <summary>What no job can be like, as a sentence; null where it may be.</summary>
    public static string? FaultOf(JobSubmission submission)
    {
        if (!Key().IsMatch(submission.Key))
        {
            return $"'{submission.Key}' cannot be a job's key: it begins with a letter or digit and has letters, digits, '.', '_' and '-', at most 64 together.";
        }

        if (!JobSubmission.Commands.Contains(submission.Command))
        {
            return $"No job may be the command '{submission.Command}'. {NearestWord.Advice(submission.Command, [.. JobSubmission.Commands])}";
        }

        if (submission.Priority is < -100 or > 100)
        {
            return $"A job's priority is '{submission.Priority}' but must be from -100 to 100.";
        }

        return null;
    }

    /// <summary>Takes the job in; the same one again leaves it where it stands.</summary>
    /// <exception cref="LedgerConflictException">The key is another job's.</exception>
    public JobState Submit(JobSubmission submission, JobNeeds needs, string submitter, DateTimeOffset now)
    {
        if (Submission is null)
        {
            return new JobState { Submission = submission, Name = needs.Name, Gpus = needs.Gpus, Submitter = submitter, Submitted = now };
        }

        return Submission == submission
            ? this
            : throw new LedgerConflictException($"There is a job '{submission.Key}' with another content. Hand this one in with a key of its own.");
    }

    /// <summary>Asks it to end.</summary>
    public JobState Cancel() => Submission is null || IsOver ? this : this with { IsCancelling = true };

    /// <summary>What the shard that is its own process says; null where there never was one.</summary>
    public JobState See(ShardRow? driver, DateTimeOffset now)
    {
        if (Submission is null || IsOver)
        {
            return this;
        }

        if (driver is null)
        {
            return IsCancelling ? this with { Status = JobStatus.Cancelled, Ended = now } : this;
        }

        // To cancel a shard raises its epoch, and that is no attempt.
        var attempts = driver.State == ShardState.Cancelled ? Attempts : Math.Max(Attempts, driver.Token.Epoch);
        var seen = this with { Attempts = attempts, Node = driver.Owner ?? Node, Failure = driver.Failure, Status = StatusOf(driver.State) };
        return seen.IsOver ? seen with { Ended = now, IsCancelling = false } : seen;
    }

    /// <summary>The job for others; null where there is none.</summary>
    public JobSnapshot? Snapshot()
    {
        return Submission is null ? null : new JobSnapshot
        {
            Id = Submission.Key,
            Name = Name,
            Command = Submission.Command,
            Status = Status,
            Priority = Submission.Priority,
            Submitter = Submitter,
            Submitted = Submitted,
            Ended = Ended,
            Attempts = (int)Attempts,
            Node = Node,
            Failure = Failure,
        };
    }

    private static JobStatus StatusOf(ShardState driver)
    {
        return driver switch
        {
            ShardState.Leased => JobStatus.Running,
            ShardState.Done => JobStatus.Done,
            ShardState.Failed => JobStatus.Failed,
            ShardState.Cancelled => JobStatus.Cancelled,
            _ => JobStatus.Queued,
        };
    }

    [GeneratedRegex(@"\A[A-Za-z0-9][A-Za-z0-9._-]{0,63}\z", RegexOptions.NonBacktracking)]
    private static partial Regex Key();
}
