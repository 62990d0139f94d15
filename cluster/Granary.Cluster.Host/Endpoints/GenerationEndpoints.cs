using System.Security.Claims;
using Granary.Cluster.Grains;
using Granary.Cluster.Host.Errors;
using Granary.Cluster.Host.Security;
using Granary.Cluster.Ledger;
using Granary.Cluster.Protocol;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Routing;
using Orleans;

namespace Granary.Cluster.Host.Endpoints;

/// <summary>Generations of ranks: where they meet, and what they said last.</summary>
internal static class GenerationEndpoints
{
    internal static void Map(IEndpointRouteBuilder routes)
    {
        routes.MapPost(Routes.Generations, JoinAsync).WithPolicy(Policies.Hold, RateLimits.Waits).Produces<GenerationSnapshot>().ProducesProblem(400).ProducesProblem(409);
        routes.MapGet(Routes.Generations, FindAsync).WithPolicy(Policies.ReadJob, RateLimits.Calls).ProducesProblem(400);
        routes.MapDelete(Routes.Datasets, CancelAsync).WithPolicy(Policies.HandOut, RateLimits.Calls).Produces(202).ProducesProblem(400);
    }

    private static async Task<IResult> JoinAsync(JoinRequest join, double? wait, IGrainFactory grains, HostLimits limits, RequestEnd end, ClaimsPrincipal user)
    {
        RequestChecks.Check(join);
        user.RequireLease(new ShardKey(join.Dataset, join.Member.Rank), join.Token);
        var asked = WaitTime.Of(wait);
        var joined = await grains.GetGrain<IGenerationGrain>(join.Dataset).JoinAsync(join.Member, join.Token, asked < limits.LongestWait ? asked : limits.LongestWait).WaitAsync(end.Token);
        return joined is null ? Problems.Fenced(new ShardKey(join.Dataset, join.Member.Rank), join.Token) : TypedResults.Ok(joined);
    }

    private static async Task<Ok<GenerationSnapshot>> FindAsync(string id, IGrainFactory grains, ClaimsPrincipal user)
    {
        RequestChecks.CheckDataset(id);
        user.RequireDataset(id);
        return TypedResults.Ok(await grains.GetGrain<IGenerationGrain>(id).SnapshotAsync());
    }

    private static async Task<IResult> CancelAsync(string id, IGrainFactory grains, ClaimsPrincipal user)
    {
        RequestChecks.CheckDataset(id);
        user.RequireDataset(id);
        await grains.GetGrain<IDatasetGrain>(id).CancelAsync();
        return TypedResults.Accepted((string?)null);
    }
}
