using System.Globalization;
using System.Net;
using System.Net.ServerSentEvents;
using System.Runtime.CompilerServices;
using Granary.Cluster.Grains;

namespace Granary.Cluster.Protocol;

/// <summary>The calls about jobs.</summary>
public sealed partial class CoordinatorClient
{
    private const string Begin = "begin"; // what the coordinator sends before the first line, so that its answer is seen to have begun

    /// <summary>Hands a job in; the same one again gives where it stands.</summary>
    /// <exception cref="CoordinatorException">It is refused: 409 where another job has its key.</exception>
    public Task<JobSnapshot> SubmitAsync(JobSubmission job, CancellationToken cancellationToken)
    {
        return PostAsync<JobSnapshot>(Routes.Jobs, job, cancellationToken);
    }

    /// <summary>All jobs, the latest first.</summary>
    public Task<IReadOnlyList<JobSnapshot>> ListJobsAsync(CancellationToken cancellationToken)
    {
        return GetAsync<IReadOnlyList<JobSnapshot>>(Routes.Jobs, TimeSpan.Zero, cancellationToken);
    }

    /// <summary>A job; null where there is none of this id.</summary>
    public async Task<JobSnapshot?> FindJobAsync(string job, CancellationToken cancellationToken)
    {
        try
        {
            return await GetAsync<JobSnapshot>(PathOf(job), TimeSpan.Zero, cancellationToken);
        }
        catch (CoordinatorException exception) when (exception.Status == HttpStatusCode.NotFound)
        {
            return null;
        }
    }

    /// <summary>Ends a job and all its datasets.</summary>
    public Task CancelAsync(string job, CancellationToken cancellationToken)
    {
        return AskAsync(HttpMethod.Delete, PathOf(job), body: null, TimeSpan.Zero, cancellationToken);
    }

    /// <summary>The lines of a run's events with their numbers, from one on, as they come; ends where the coordinator ends it.</summary>
    public async IAsyncEnumerable<(long Line, string Event)> ReadEventsAsync(string job, long from, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        await using var stream = await OpenAsync(FormattableString.Invariant($"{PathOf(job)}/events?from={from}"), cancellationToken);
        await foreach (var line in SseParser.Create(stream).EnumerateAsync(cancellationToken).Where(line => line.EventType != Begin))
        {
            yield return (long.TryParse(line.EventId, out var number) ? number : from++, line.Data);
        }
    }

    /// <summary>What a job's own process printed, from a byte on.</summary>
    public Task<Stream> OpenLogAsync(string job, long from, CancellationToken cancellationToken)
    {
        return OpenAsync(FormattableString.Invariant($"{PathOf(job)}/log?from={from}"), cancellationToken);
    }

    /// <summary>What a job's own process printed, from a byte on, with the byte to go on from.</summary>
    public async Task<LogPart> ReadLogAsync(string job, long from, CancellationToken cancellationToken)
    {
        var path = FormattableString.Invariant($"{PathOf(job)}/log?from={from}");
        var (response, _) = await AskAsync(HttpMethod.Get, path, body: null, TimeSpan.Zero, cancellationToken);
        var header = response.Headers.TryGetValues(LogPart.NextHeader, out var values) ? values.First() : null;
        return long.TryParse(header, NumberStyles.None, CultureInfo.InvariantCulture, out var next)
            ? new LogPart(await response.Content.ReadAsStringAsync(cancellationToken), next)
            : throw new CoordinatorException($"The coordinator's answer to '{path}' does not say where to go on, as '{LogPart.NextHeader}: {header}' is no number of a byte. See whether it is a coordinator of this version.", response.StatusCode);
    }

    private static string PathOf(string job)
    {
        return $"{Routes.Jobs}/{Uri.EscapeDataString(job)}";
    }

    private async Task<Stream> OpenAsync(string path, CancellationToken cancellationToken)
    {
        var response = await _http.OpenAsync(path, cancellationToken);
        return response.IsSuccessStatusCode ? await response.Content.ReadAsStreamAsync(cancellationToken) : throw await RefusalAsync(response, cancellationToken);
    }
}
