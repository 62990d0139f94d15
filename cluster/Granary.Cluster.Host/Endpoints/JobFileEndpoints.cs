using System.Globalization;
using System.Net.ServerSentEvents;
using System.Runtime.CompilerServices;
using Granary.Cluster.Grains;
using Granary.Cluster.Host.Errors;
using Granary.Cluster.Host.Files;
using Granary.Cluster.Host.Security;
using Granary.Cluster.Protocol;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Orleans;

namespace Granary.Cluster.Host.Endpoints;

/// <summary>What jobs write: a run's events as they come, and what the job's own process printed.</summary>
internal static class JobFileEndpoints
{
    /// <summary>The event that says: the run went back, forget what came.</summary>
    internal const string Again = "again";

    private const string NextHeader = LogPart.NextHeader;
    private const string TextType = "text/plain; charset=utf-8";

    // Between two looks at a file; a shared file system tells of no change.
    private static readonly TimeSpan LookAgain = TimeSpan.FromMilliseconds(500);

    internal static void Map(IEndpointRouteBuilder routes)
    {
        routes.MapGet(Routes.Jobs + "/{job}/events", EventsAsync).WithPolicy(Policies.Read, RateLimits.Waits).Produces<string>(200, "text/event-stream").ProducesProblem(404);
        routes.MapGet(Routes.Jobs + "/{job}/log", LogAsync).WithPolicy(Policies.Read, RateLimits.Calls).Produces<string>(200, "text/plain").ProducesProblem(404);
    }

    private static async Task<IResult> EventsAsync(string job, long? from, HttpRequest request, IGrainFactory grains, JobPaths paths, TimeProvider time, RequestEnd end)
    {
        if (!RequestChecks.IsName(job) || await grains.GetGrain<IJobGrain>(job).SnapshotAsync() is not { } snapshot)
        {
            return Problems.Unknown("job", job, Routes.Jobs);
        }

        // A browser that lost its connection says what it had last, whatever the address says.
        var isResumed = long.TryParse(request.Headers["Last-Event-ID"], NumberStyles.None, CultureInfo.InvariantCulture, out var last);
        var tail = new EventTail(() => paths.EventsOf(job, snapshot.Name), cancellationToken => Task.Delay(LookAgain, time, cancellationToken));
        return TypedResults.ServerSentEvents(ItemsAsync(tail, isResumed ? last : from ?? 0, end.Token));
    }

    private static async IAsyncEnumerable<SseItem<string>> ItemsAsync(EventTail tail, long after, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        // The beginning of the answer reaches the browser at once, also where there is no event yet.
        yield return new SseItem<string>(string.Empty, "begin");
        var lines = tail.FollowAsync(after, cancellationToken).GetAsyncEnumerator(cancellationToken);
        await using var _ = lines;
        while (await NextAsync(lines))
        {
            var (number, line) = lines.Current;
            yield return number == 0
                ? new SseItem<string>(string.Empty, Again) { EventId = "0" }
                : new SseItem<string>(line) { EventId = number.ToString(CultureInfo.InvariantCulture) };
        }
    }

    // The end of the coordinator or of the caller is the end of the answer, not a failure of it.
    private static async Task<bool> NextAsync(IAsyncEnumerator<(long Number, string Line)> lines)
    {
        try
        {
            return await lines.MoveNextAsync();
        }
        catch (OperationCanceledException)
        {
            return false;
        }
    }

    private static async Task<IResult> LogAsync(string job, long? from, HttpContext context, IGrainFactory grains, JobPaths paths, CancellationToken cancellationToken)
    {
        if (!RequestChecks.IsName(job) || await grains.GetGrain<IJobGrain>(job).SnapshotAsync() is null)
        {
            return Problems.Unknown("job", job, Routes.Jobs);
        }

        context.Response.Headers.ContentDisposition = $"attachment; filename=\"{job}.log\"";
        if (paths.LogOf(job) is not { } path)
        {
            context.Response.Headers[NextHeader] = "0";
            return TypedResults.Text(string.Empty, TextType);
        }

        var log = PlainLog.Open(path, from ?? 0);
        context.Response.RegisterForDisposeAsync(log);
        context.Response.Headers[NextHeader] = log.Next.ToString(CultureInfo.InvariantCulture);
        return TypedResults.Stream(body => log.CopyToAsync(body, cancellationToken), TextType);
    }
}
