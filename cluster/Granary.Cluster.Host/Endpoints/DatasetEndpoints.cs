using System.Security.Claims;
using Granary.Cluster.Grains;
using Granary.Cluster.Host.Errors;
using Granary.Cluster.Host.Security;
using Granary.Cluster.Ledger;
using Granary.Cluster.Protocol;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Mvc;
using Microsoft.AspNetCore.Routing;
using Orleans;

namespace Granary.Cluster.Host.Endpoints;

/// <summary>Datasets: made, added to, waited for and listed.</summary>
internal static class DatasetEndpoints
{
    private const int MostListed = 1_000;

    internal static void Map(IEndpointRouteBuilder routes, HostLimits limits)
    {
        var roomy = new RequestSizeLimitAttribute(limits.ShardBodyBytes);
        routes.MapPost(Routes.Datasets, CreateAsync).WithPolicy(Policies.HandOut, RateLimits.Calls).WithMetadata(roomy).Produces(201).ProducesProblem(400).ProducesProblem(409);
        routes.MapPost(Routes.Shards, AddAsync).WithPolicy(Policies.HandOut, RateLimits.Calls).WithMetadata(roomy).ProducesProblem(400).ProducesProblem(409);
        routes.MapGet(Routes.Datasets, WaitAsync).WithPolicy(Policies.ReadJob, RateLimits.Waits).Produces<DatasetSnapshot>().ProducesProblem(400).ProducesProblem(404);
        routes.MapGet(Routes.Shards, ListAsync).WithPolicy(Policies.ReadJob, RateLimits.Calls).ProducesProblem(400);
    }

    private static async Task<IResult> CreateAsync(DatasetSpec dataset, IGrainFactory grains, ServeOptions options, ClaimsPrincipal user)
    {
        RequestChecks.Check(dataset, options.Folder);
        user.RequireJob(dataset.Job);
        var job = await grains.GetGrain<IJobGrain>(dataset.Job).SnapshotAsync();
        await grains.GetGrain<IDatasetGrain>(dataset.Id).CreateAsync(dataset, job?.Priority ?? 0);
        return TypedResults.Created((string?)null);
    }

    private static async Task<Ok<AddReply>> AddAsync(AddRequest add, IGrainFactory grains, ServeOptions options, ClaimsPrincipal user)
    {
        RequestChecks.Check(add, options.Folder);
        user.RequireDataset(add.Dataset);
        return TypedResults.Ok(new AddReply(await grains.GetGrain<IDatasetGrain>(add.Dataset).AddAsync(add.Operation, add.Shards)));
    }

    private static async Task<IResult> WaitAsync(string id, long? after, double? wait, IGrainFactory grains, HostLimits limits, RequestEnd end, ClaimsPrincipal user)
    {
        RequestChecks.CheckDataset(id);
        user.RequireDataset(id);
        var dataset = grains.GetGrain<IDatasetGrain>(id);
        var asked = WaitTime.Of(wait);
        var snapshot = after is { } version && asked > TimeSpan.Zero
            ? await dataset.WaitAsync(version, asked < limits.LongestWait ? asked : limits.LongestWait).WaitAsync(end.Token)
            : await dataset.SnapshotAsync();
        return snapshot is null ? Problems.Unknown("dataset", id, Routes.Queue) : TypedResults.Ok(snapshot);
    }

    private static async Task<Ok<IReadOnlyList<ShardRow>>> ListAsync(string id, int? from, int? count, IGrainFactory grains, ClaimsPrincipal user)
    {
        RequestChecks.CheckDataset(id);
        user.RequireDataset(id);
        var rows = await grains.GetGrain<IDatasetGrain>(id).ListAsync(Math.Max(0, from ?? 0), Math.Clamp(count ?? MostListed, 0, MostListed));
        return TypedResults.Ok(rows);
    }
}
