using System.Runtime.CompilerServices;
using System.Security.Cryptography;
using System.Text;
using Granary.Cluster.Grains;
using Granary.Cluster.Protocol;

namespace Granary.Cluster.Submission.Http;

/// <summary>Runs as jobs of a coordinator, which places them on its workers.</summary>
internal sealed class CoordinatorSubmitter : ISubmitter
{
    private const int LongestName = 40;
    private const int HashDigits = 16;

    /// <summary>What its kind is called; `--to` says the coordinator's address.</summary>
    public const string Name = "http";

    private const string Part = "run";

    private static readonly TimeSpan Pause = TimeSpan.FromSeconds(1);

    private readonly IReadOnlyDictionary<string, string> _environment;
    private readonly TimeProvider _time;
    private readonly HttpMessageHandler? _handler;

    public CoordinatorSubmitter(IReadOnlyDictionary<string, string> environment, TimeProvider time, HttpMessageHandler? handler)
    {
        _environment = environment;
        _time = time;
        _handler = handler;
    }

    /// <inheritdoc/>
    public bool MayRepeat => true;

    /// <inheritdoc/>
    public IReadOnlyList<string> PartsOf(SubmissionOrder order) => [Part];

    /// <inheritdoc/>
    public string Describe(SubmissionOrder order, string operation)
    {
        return $"POST {order.To.TrimEnd('/')}{Routes.Jobs}\nkey: {KeyOf(order)}\npriority: {order.Settings.Coordinator.Priority}\n---\n{order.Configuration}";
    }

    /// <inheritdoc/>
    public Task<string> SubmitAsync(SubmissionOrder order, SubmittedJob job, SubmittedPart part, CancellationToken cancellationToken)
    {
        return AskAsync(job, async client =>
        {
            var submission = new JobSubmission { Key = KeyOf(order), Configuration = order.Configuration, Priority = order.Settings.Coordinator.Priority };
            return (await client.SubmitAsync(submission, cancellationToken)).Id;
        });
    }

    /// <inheritdoc/>
    public Task<string?> FindAsync(SubmittedJob job, SubmittedPart part, CancellationToken cancellationToken)
    {
        // What it would be called is known only with the configuration; a submission that is repeated finds it.
        return Task.FromResult<string?>(null);
    }

    /// <inheritdoc/>
    public async Task<IReadOnlyList<PartReport>> LookAsync(SubmittedJob job, IReadOnlyList<SubmittedPart> parts, CancellationToken cancellationToken)
    {
        try
        {
            return await AskAsync(job, async client =>
            {
                var reports = new List<PartReport>();
                foreach (var part in parts)
                {
                    reports.Add(Report(await client.FindJobAsync(part.Id!, cancellationToken)));
                }

                return reports;
            });
        }
        catch (SubmissionException exception)
        {
            return [.. parts.Select(_ => new PartReport(SubmittedState.Unknown, exception.Message))];
        }
    }

    /// <inheritdoc/>
    public async Task CancelAsync(SubmittedJob job, IReadOnlyList<SubmittedPart> parts, CancellationToken cancellationToken)
    {
        await AskAsync(job, async client =>
        {
            foreach (var part in parts)
            {
                await client.CancelAsync(part.Id!, cancellationToken);
            }

            return true;
        });
    }

    /// <inheritdoc/>
    public async IAsyncEnumerable<string> ReadLogAsync(SubmittedJob job, bool follows, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        var (next, parts) = (0L, job.Parts.Where(part => part.Id is not null).ToList());
        while (parts.Count > 0)
        {
            // Asked before reading, so that what is written until the end is read too.
            var isLast = !follows || (await LookAsync(job, parts, cancellationToken)).All(report => report.IsFinal);
            var part = await AskAsync(job, client => client.ReadLogAsync(parts[0].Id!, next, cancellationToken));
            next = part.Next;

            // A line that is still being written comes again, whole.
            var end = isLast ? part.Text.Length : part.Text.LastIndexOf('\n') + 1;
            foreach (var line in end == 0 ? [] : part.Text[..end].TrimEnd('\n').Split('\n'))
            {
                yield return line;
            }

            if (isLast)
            {
                yield break;
            }

            await Task.Delay(Pause, _time, cancellationToken);
        }
    }

    /// <summary>What makes a run the same job: its name and what its configuration means, unless the user says otherwise.</summary>
    internal static string KeyOf(SubmissionOrder order)
    {
        if (order.Key is { } given)
        {
            return given;
        }

        // The name is for people; the hash makes another configuration another job.
        var hash = Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes($"{order.Name}\n{order.Configuration}")));
        return $"{order.Name[..Math.Min(order.Name.Length, LongestName)]}-{hash[..HashDigits]}";
    }

    private static PartReport Report(JobSnapshot? job)
    {
        return job?.Status switch
        {
            null => new PartReport(SubmittedState.Unknown, "the coordinator knows of no such job"),
            JobStatus.Queued => new PartReport(SubmittedState.Queued, job.Waits ?? string.Empty),
            JobStatus.Running => new PartReport(SubmittedState.Running, string.Join("; ", new[] { job.Node is null ? null : $"on {job.Node}", job.Waits }.OfType<string>())),
            JobStatus.Done => new PartReport(SubmittedState.Done, string.Empty),
            JobStatus.Cancelled => new PartReport(SubmittedState.Cancelled, string.Empty),
            _ => new PartReport(SubmittedState.Failed, job.Failure ?? string.Empty),
        };
    }

    private async Task<T> AskAsync<T>(SubmittedJob job, Func<CoordinatorClient, Task<T>> ask)
    {
        try
        {
            var options = CoordinatorOptions.Open(job.To, _environment.GetValueOrDefault(CoordinatorOptions.TokenFileVariable));
            using var client = new CoordinatorClient(options, _time, _handler);
            return await ask(client);
        }
        catch (CoordinatorException exception)
        {
            throw new SubmissionException(job.Name, exception.Message, isUnknown: exception.Status is null);
        }
    }
}
