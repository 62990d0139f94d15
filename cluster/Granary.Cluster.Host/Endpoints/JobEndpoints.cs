using System.Security.Claims;
using Granary.Cluster.Grains;
using Granary.Cluster.Host.Errors;
using Granary.Cluster.Host.Security;
using Granary.Cluster.Protocol;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Routing;
using Orleans;

namespace Granary.Cluster.Host.Endpoints;

/// <summary>Jobs: handed in, listed, looked at, cancelled.</summary>
internal static class JobEndpoints
{
    private const string One = Routes.Jobs + "/{job}";

    internal static void Map(IEndpointRouteBuilder routes)
    {
        routes.MapPost(Routes.Jobs, SubmitAsync).WithPolicy(Policies.Submit, RateLimits.Calls).Produces<JobSnapshot>(201).Produces<JobSnapshot>().ProducesProblem(400).ProducesProblem(409);
        routes.MapGet(Routes.Jobs, ListAsync).WithPolicy(Policies.Read, RateLimits.Calls);
        routes.MapGet(One, FindAsync).WithPolicy(Policies.ReadJob, RateLimits.Calls).Produces<JobSnapshot>().ProducesProblem(404);
        routes.MapDelete(One, CancelAsync).WithPolicy(Policies.Submit, RateLimits.Calls).Produces(202).ProducesProblem(404);
        routes.MapGet(One + "/datasets", DatasetsAsync).WithPolicy(Policies.Read, RateLimits.Calls);
        routes.MapPost(One + "/search", ReportAsync).WithPolicy(Policies.HandOut, RateLimits.Calls).Produces(204).ProducesProblem(400).ProducesProblem(404);
        routes.MapGet(One + "/search", SearchAsync).WithPolicy(Policies.Read, RateLimits.Calls).Produces<MixtureSearchSnapshot>().ProducesProblem(404);
    }

    private static async Task<IResult> SubmitAsync(JobSubmission submission, IGrainFactory grains, ClaimsPrincipal user, AuditLog audit)
    {
        RequestChecks.Check(submission);
        var job = grains.GetGrain<IJobGrain>(submission.Key);
        var isNew = await job.SnapshotAsync() is null;
        var snapshot = await job.SubmitAsync(submission, user.Identity!.Name!);
        audit.Submitted(user, snapshot.Id, snapshot.Command);
        return isNew ? TypedResults.Created($"{Routes.Jobs}/{snapshot.Id}", snapshot) : TypedResults.Ok(snapshot);
    }

    private static async Task<Ok<JobSnapshot[]>> ListAsync(ClusterReader reader)
    {
        return TypedResults.Ok(await reader.JobsAsync());
    }

    private static async Task<IResult> FindAsync(string job, ClusterReader reader, ClaimsPrincipal user)
    {
        user.RequireJob(job);
        return RequestChecks.IsName(job) && await reader.JobAsync(job) is { } snapshot ? TypedResults.Ok(snapshot) : Problems.Unknown("job", job, Routes.Jobs);
    }

    private static async Task<IResult> CancelAsync(string job, IGrainFactory grains, ClaimsPrincipal user, AuditLog audit)
    {
        if (await SnapshotAsync(job, grains) is null)
        {
            return Problems.Unknown("job", job, Routes.Jobs);
        }

        await grains.GetGrain<IJobGrain>(job).CancelAsync();
        audit.Cancelled(user, job);
        return TypedResults.Accepted((string?)null);
    }

    private static async Task<Ok<DatasetSnapshot[]>> DatasetsAsync(string job, ClusterReader reader, CancellationToken cancellationToken)
    {
        return TypedResults.Ok(RequestChecks.IsName(job) ? await reader.DatasetsAsync(job, cancellationToken) : []);
    }

    private static async Task<IResult> ReportAsync(string job, MixtureRound round, IGrainFactory grains, ClaimsPrincipal user)
    {
        user.RequireJob(job);
        if (await SnapshotAsync(job, grains) is null)
        {
            return Problems.Unknown("job", job, Routes.Jobs);
        }

        await grains.GetGrain<IMixtureSearchGrain>(job).ReportAsync(round);
        return TypedResults.NoContent();
    }

    private static async Task<IResult> SearchAsync(string job, IGrainFactory grains)
    {
        return RequestChecks.IsName(job) && await grains.GetGrain<IMixtureSearchGrain>(job).SnapshotAsync() is { } search
            ? TypedResults.Ok(search)
            : Problems.Of(StatusCodes.Status404NotFound, $"Job '{job}' has reported no search for a mixture. Only jobs with a section 'mix' do, once their search begins.");
    }

    private static async Task<JobSnapshot?> SnapshotAsync(string job, IGrainFactory grains)
    {
        // A name that no job can have must not bring a grain to life.
        return RequestChecks.IsName(job) ? await grains.GetGrain<IJobGrain>(job).SnapshotAsync() : null;
    }
}
