using System.Diagnostics;
using System.Globalization;

namespace Granary.Cluster.Submission.Local;

/// <summary>Runs as processes of this machine that outlive the terminal.</summary>
internal sealed class LocalSubmitter : ISubmitter
{
    /// <summary>What `--to` says.</summary>
    public const string Name = "local";

    private const string Part = "run";

    private readonly TimeProvider _time;

    public LocalSubmitter(TimeProvider time)
    {
        _time = time;
    }

    /// <inheritdoc/>
    public bool MayRepeat => false;

    /// <inheritdoc/>
    public IReadOnlyList<string> PartsOf(SubmissionOrder order) => [Part];

    /// <inheritdoc/>
    public string Describe(SubmissionOrder order, string operation)
    {
        return string.Join(' ', [.. order.Program, .. ArgumentsOf(order)]) + "\n";
    }

    /// <inheritdoc/>
    public Task<string> SubmitAsync(SubmissionOrder order, SubmittedJob job, SubmittedPart part, CancellationToken cancellationToken)
    {
        JobFolder.Create(job.Folder);
        var parameters = new JobParameters
        {
            To = Name,
            Run = order.Name,
            Part = part.Name,
            Program = order.Program,
            Arguments = ArgumentsOf(order),
            Folder = job.Folder,
        };
        parameters.Write();
        var start = new ProcessStartInfo(order.Program[0], [.. order.Program.Skip(1), "job", JobParameters.PathOf(job.Folder, part.Name)])
        {
            WorkingDirectory = order.WorkingFolder,
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            UseShellExecute = false,
        };
        using var process = Process.Start(start)!;
        return Task.FromResult(LocalProcess.NameOf(process.Id) ?? string.Create(CultureInfo.InvariantCulture, $"{process.Id}-0"));
    }

    /// <inheritdoc/>
    public Task<string?> FindAsync(SubmittedJob job, SubmittedPart part, CancellationToken cancellationToken)
    {
        var path = ProcessPathOf(job.Folder);
        return Task.FromResult(File.Exists(path) ? File.ReadAllText(path) : null);
    }

    /// <inheritdoc/>
    public Task<IReadOnlyList<PartReport>> LookAsync(SubmittedJob job, IReadOnlyList<SubmittedPart> parts, CancellationToken cancellationToken)
    {
        IReadOnlyList<PartReport> reports = [.. parts.Select(part => Look(job, part))];
        return Task.FromResult(reports);
    }

    /// <inheritdoc/>
    public Task CancelAsync(SubmittedJob job, IReadOnlyList<SubmittedPart> parts, CancellationToken cancellationToken)
    {
        foreach (var part in parts)
        {
            LocalProcess.Terminate(part.Id!);
        }

        return Task.CompletedTask;
    }

    /// <inheritdoc/>
    public IAsyncEnumerable<string> ReadLogAsync(SubmittedJob job, bool follows, CancellationToken cancellationToken)
    {
        var logs = new LogFiles(() => JobFolder.Logs(job), _time);
        return logs.ReadAsync(follows ? _ => Task.FromResult(IsOver(job)) : null, cancellationToken);
    }

    /// <summary>Where the job's process writes down its name.</summary>
    internal static string ProcessPathOf(string folder) => Path.Combine(folder, "process");

    private static List<string> ArgumentsOf(SubmissionOrder order)
    {
        List<string> arguments = ["run", order.ConfigPath, "--runs", order.Runs];
        return order.Settings.Local.Ranks == 1 ? arguments : [.. arguments, "--ranks", order.Settings.Local.Ranks.ToString(CultureInfo.InvariantCulture)];
    }

    // Whether it runs is asked first: it says how it ended before it ends.
    private static PartReport Look(SubmittedJob job, SubmittedPart part)
    {
        if (LocalProcess.Runs(part.Id!))
        {
            return new PartReport(SubmittedState.Running, $"process {part.Id!.Split('-')[0]}");
        }

        return JobEnding.Read(job.Folder, part.Name)?.Report ?? new PartReport(SubmittedState.Failed, "killed, or the machine was restarted; submit again to go on");
    }

    private static bool IsOver(SubmittedJob job)
    {
        return job.Parts.All(part => part.Id is null || !LocalProcess.Runs(part.Id));
    }
}
