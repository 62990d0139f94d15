using System.Security.Cryptography;
using System.Text;
using Granary.Cluster.Submission.Http;
using Granary.Cluster.Submission.Kubernetes;
using Granary.Cluster.Submission.Local;
using Granary.Cluster.Submission.Slurm;

namespace Granary.Cluster.Submission;

/// <summary>Hands runs over to whoever is to run them, and finds them again: by a record in the run's folder and by asking there.</summary>
public sealed class SubmissionDesk
{
    private readonly Dictionary<string, ISubmitter> _submitters;
    private readonly TimeProvider _time;

    /// <summary>A desk for a process with an environment: its PATH finds the schedulers' programs.</summary>
    public SubmissionDesk(IReadOnlyDictionary<string, string> environment, TimeProvider time)
    {
        var programs = new ProgramRunner(environment, time);
        _time = time;
        _submitters = new Dictionary<string, ISubmitter>(StringComparer.Ordinal)
        {
            [LocalSubmitter.Name] = new LocalSubmitter(time),
            [SlurmSubmitter.Name] = new SlurmSubmitter(programs, time),
            [KubernetesSubmitter.Name] = new KubernetesSubmitter(programs),
            [CoordinatorSubmitter.Name] = new CoordinatorSubmitter(environment, time, handler: null),
        };
    }

    /// <summary>What would be handed over, for people; nothing is.</summary>
    public string Describe(SubmissionOrder order)
    {
        return Of(order.Name, order.To).Describe(order, Guid.Empty.ToString("N"));
    }

    /// <summary>
    /// Hands a run over. One that is under way already is refused; one of which it is unknown whether it was taken is looked
    /// for and taken up again, never handed over twice.
    /// </summary>
    /// <param name="order">The run.</param>
    /// <param name="makeFolder">Makes the run's folder, or throws where it is not the run's; called unless the job is taken up again.</param>
    /// <param name="cancellationToken">Ends the wait for an answer.</param>
    /// <exception cref="SubmissionException">It was refused, or it is unknown whether it was taken.</exception>
    public async Task<SubmittedJob> SubmitAsync(SubmissionOrder order, Action makeFolder, CancellationToken cancellationToken)
    {
        var submitter = Of(order.Name, order.To);
        var job = await BeginAsync(submitter, order, makeFolder, cancellationToken);
        foreach (var part in job.Parts.Where(part => part.Id is null))
        {
            job = await HandOverAsync(submitter, order, job, part, cancellationToken);
        }

        return job;
    }

    /// <summary>The jobs of a folder of runs, the latest first.</summary>
    public IReadOnlyList<SubmittedJob> Jobs(string runs)
    {
        return Directory.Exists(runs)
            ? [.. Directory.EnumerateDirectories(runs).Select(SubmittedJob.Read).OfType<SubmittedJob>().OrderByDescending(job => job.Submitted).ThenBy(job => job.Name, StringComparer.Ordinal)]
            : [];
    }

    /// <summary>The job of a run, by the run's name or by the id of a part.</summary>
    /// <exception cref="SubmissionException">There is none, or several have the id.</exception>
    public SubmittedJob Find(string runs, string job)
    {
        var found = Jobs(runs).Where(known => known.Name == job).ToList();
        found = found.Count > 0 ? found : [.. Jobs(runs).Where(known => known.Parts.Any(part => part.Id == job))];
        return found.Count switch
        {
            1 => found[0],
            0 => throw new SubmissionException(job, $"No job is called '{job}' in '{runs}'. `granary jobs` lists them; --runs names another folder of runs."),
            _ => throw new SubmissionException(job, $"'{job}' is a part of several jobs: {string.Join(", ", found.Select(known => known.Name))}. Give the run's name."),
        };
    }

    /// <summary>Where the parts of a job stand, in their order. What has ended is remembered.</summary>
    public async Task<IReadOnlyList<PartReport>> LookAsync(SubmittedJob job, CancellationToken cancellationToken)
    {
        var open = job.Parts.Where(part => part.Ended is null && part.Id is not null).ToList();
        var reports = open.Count == 0 ? [] : await Of(job.Name, job.To).LookAsync(job, open, cancellationToken);
        var byName = open.Zip(reports).ToDictionary(pair => pair.First.Name, pair => pair.Second);
        if (byName.Values.Any(report => report.IsFinal))
        {
            Remember(job, byName);
        }

        return [.. job.Parts.Select(part => part.Ended ?? byName.GetValueOrDefault(part.Name) ?? NotTaken(job))];
    }

    /// <summary>Where a job stands as a whole.</summary>
    public static PartReport Sum(IReadOnlyList<PartReport> parts)
    {
        // What went wrong comes first; a job is done when all of it is, and waits while its next part does.
        SubmittedState[] order = [SubmittedState.Failed, SubmittedState.Cancelled, SubmittedState.Running, SubmittedState.Unknown, SubmittedState.Queued, SubmittedState.Done];
        return parts.MinBy(part => Array.IndexOf(order, part.State)) ?? new PartReport(SubmittedState.Unknown, string.Empty);
    }

    /// <summary>Asks a job to end, its last part first. Parts of which nothing is known where they were to run are given up.</summary>
    public async Task CancelAsync(SubmittedJob job, CancellationToken cancellationToken)
    {
        var submitter = Of(job.Name, job.To);
        var parts = new List<SubmittedPart>();
        var unknown = new Dictionary<string, PartReport>();
        foreach (var part in job.Parts.Reverse().Where(part => part.Ended is null))
        {
            if ((part.Id ?? await submitter.FindAsync(job, part, cancellationToken)) is { } id)
            {
                parts.Add(part with { Id = id });
            }
            else
            {
                unknown[part.Name] = new PartReport(SubmittedState.Cancelled, $"{job.To} never took it");
            }
        }

        await submitter.CancelAsync(job, parts, cancellationToken);
        Remember(job, unknown);
    }

    /// <summary>What a job has printed; with <paramref name="follows"/> until it ends.</summary>
    public IAsyncEnumerable<string> ReadLogAsync(SubmittedJob job, bool follows, CancellationToken cancellationToken)
    {
        return Of(job.Name, job.To).ReadLogAsync(job, follows, cancellationToken);
    }

    private static PartReport NotTaken(SubmittedJob job)
    {
        return new PartReport(SubmittedState.Unknown, $"unknown whether {job.To} took it; `granary submit` again finds out");
    }

    private static string Sha256(string text)
    {
        return Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(text)));
    }

    private static async Task<SubmittedJob> HandOverAsync(ISubmitter submitter, SubmissionOrder order, SubmittedJob job, SubmittedPart part, CancellationToken cancellationToken)
    {
        if (job.Intended.Contains(part.Name) && !submitter.MayRepeat)
        {
            var found = await submitter.FindAsync(job, part, cancellationToken) ?? throw Lost(job, part);
            return Written(job.With(part with { Id = found }));
        }

        // Before anything is handed over: whoever finds the part without an id knows that it may have been.
        job = Written(job with { Intended = [.. job.Intended.Union([part.Name])] });
        try
        {
            return Written(job.With(part with { Id = await submitter.SubmitAsync(order, job, part, cancellationToken) }));
        }
        catch (SubmissionException exception) when (!exception.IsUnknown)
        {
            Written(job with { Intended = [.. job.Intended.Where(name => name != part.Name)] });
            throw;
        }
    }

    private static SubmissionException Lost(SubmittedJob job, SubmittedPart part)
    {
        return new SubmissionException(
            job.Name,
            $"Whether {job.To} took '{part.Name}' of run '{job.Name}' is unknown, and it knows of no such job. It is not handed over twice: look there once more, then give it up with `granary cancel {job.Name}` and submit again.",
            isUnknown: true);
    }

    private static SubmittedJob Written(SubmittedJob job)
    {
        job.Write();
        return job;
    }

    // Taken from disk once more: another process may have seen other parts end.
    private static void Remember(SubmittedJob job, Dictionary<string, PartReport> reports)
    {
        if (SubmittedJob.Read(job.RunFolder) is { } known && known.Operation == job.Operation)
        {
            foreach (var part in known.Parts.Where(part => part.Ended is null && reports.GetValueOrDefault(part.Name) is { IsFinal: true }))
            {
                known = known.With(part with { Ended = reports[part.Name] });
            }

            known.Write();
        }
    }

    private async Task<SubmittedJob> BeginAsync(ISubmitter submitter, SubmissionOrder order, Action makeFolder, CancellationToken cancellationToken)
    {
        var configuration = Sha256(order.Configuration);
        if (SubmittedJob.Read(order.RunFolder) is { } known)
        {
            var isUnfinished = known.Parts.Any(part => part.Id is null && part.Ended is null);
            if (isUnfinished && known.To == order.To && known.Configuration == configuration)
            {
                return known;
            }

            await RequireOverAsync(known, cancellationToken);
        }

        makeFolder();
        return new SubmittedJob
        {
            Name = order.Name,
            Operation = Guid.NewGuid().ToString("N"),
            To = order.To,
            Configuration = configuration,
            Submitted = _time.GetUtcNow(),
            Parts = [.. submitter.PartsOf(order).Select(name => new SubmittedPart { Name = name })],
            RunFolder = order.RunFolder,
        };
    }

    private async Task RequireOverAsync(SubmittedJob job, CancellationToken cancellationToken)
    {
        var state = Sum(await LookAsync(job, cancellationToken));
        if (!state.IsFinal)
        {
            throw new SubmissionException(job.Name, $"Run '{job.Name}' was submitted to {job.To} already and is '{state.State.ToString().ToLowerInvariant()}'. Wait for it, end it with `granary cancel {job.Name}`, or give this one another name: --set name=NAME.");
        }
    }

    // A coordinator's name is its address.
    private ISubmitter Of(string run, string target)
    {
        var name = Uri.TryCreate(target, UriKind.Absolute, out var address) && address.Scheme is "http" or "https" ? CoordinatorSubmitter.Name : target;
        return name == target && name == CoordinatorSubmitter.Name || !_submitters.TryGetValue(name, out var submitter)
            ? throw new SubmissionException(run, $"'{target}' is nothing to submit to. Known: '{LocalSubmitter.Name}', '{SlurmSubmitter.Name}', '{KubernetesSubmitter.Name}', and a coordinator's address as 'https://host:port'.")
            : submitter;
    }
}
