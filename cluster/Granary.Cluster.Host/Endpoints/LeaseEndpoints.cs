using System.Security.Claims;
using Granary.Cluster.Grains;
using Granary.Cluster.Host.Errors;
using Granary.Cluster.Host.Metrics;
using Granary.Cluster.Host.Security;
using Granary.Cluster.Protocol;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Routing;
using Orleans;

namespace Granary.Cluster.Host.Endpoints;

/// <summary>Leases: asked for, committed, given back.</summary>
internal static class LeaseEndpoints
{
    internal static void Map(IEndpointRouteBuilder routes)
    {
        routes.MapPost(Routes.Leases, NextAsync).WithPolicy(Policies.Node, RateLimits.Waits).ProducesProblem(400);
        routes.MapPost(Routes.Commit, CommitAsync).WithPolicy(Policies.Hold, RateLimits.Renewals).Produces(200).ProducesProblem(400).ProducesProblem(409);
        routes.MapPost(Routes.Release, ReleaseAsync).WithPolicy(Policies.Hold, RateLimits.Renewals).Produces(200).ProducesProblem(400).ProducesProblem(409);
    }

    private static async Task<Results<Ok<LeaseReply>, NoContent>> NextAsync(NodeOffer offer, double? wait, LeaseWait waiting, PassSeal passes, ClusterMeters meters, RequestEnd end, ClaimsPrincipal user)
    {
        RequestChecks.Check(offer);
        var lease = await waiting.NextAsync(offer, WaitTime.Of(wait), end.Token);
        meters.CountLeases("granted", lease is null ? 0 : 1);
        return lease is null ? TypedResults.NoContent() : TypedResults.Ok(new LeaseReply(lease, passes.For(lease, user.FindFirstValue(ClaimTypes.Hash)!)));
    }

    private static async Task<IResult> CommitAsync(CommitRequest commit, IGrainFactory grains, ClusterMeters meters, ClaimsPrincipal user)
    {
        RequestChecks.Check(commit);
        user.RequireLease(commit.Shard, commit.Token);
        var isDone = await grains.GetGrain<IShardGrain>(commit.Shard.ToString()).CommitAsync(commit.Operation, commit.Token, commit.Output);
        meters.CountLeases(isDone ? "committed" : "fenced", 1);
        return isDone ? TypedResults.Ok() : Problems.Fenced(commit.Shard, commit.Token);
    }

    private static async Task<IResult> ReleaseAsync(ReleaseRequest release, IGrainFactory grains, ClusterMeters meters, ClaimsPrincipal user)
    {
        RequestChecks.Check(release);
        user.RequireLease(release.Shard, release.Token);
        var isBack = await grains.GetGrain<IShardGrain>(release.Shard.ToString()).ReleaseAsync(release.Token, release.Failure);
        meters.CountLeases(!isBack ? "fenced" : release.Failure is null ? "returned" : "failed", 1);
        return isBack ? TypedResults.Ok() : Problems.Fenced(release.Shard, release.Token);
    }
}
