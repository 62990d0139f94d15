using System.Security.Claims;
using Granary.Cluster.Grains;
using Granary.Cluster.Host.Errors;
using Granary.Cluster.Host.Metrics;
using Granary.Cluster.Host.Security;
using Granary.Cluster.Protocol;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Mvc;
using Microsoft.AspNetCore.Routing;
using Orleans;

namespace Granary.Cluster.Host.Endpoints;

/// <summary>Nodes: they register, say that they live, and are asked to take no more work.</summary>
internal static class NodeEndpoints
{
    internal static void Map(IEndpointRouteBuilder routes)
    {
        routes.MapPost(Routes.Nodes, RegisterAsync).WithPolicy(Policies.Node, RateLimits.Calls).ProducesProblem(400).ProducesProblem(409);
        routes.MapPost(Routes.Nodes + "/{node}/heartbeat", HeartbeatAsync).WithPolicy(Policies.Node, RateLimits.Renewals).ProducesProblem(400);
        routes.MapPost(Routes.Nodes + "/{node}/drain", DrainAsync).WithPolicy(Policies.Admin, RateLimits.Calls).Produces(204).ProducesProblem(404);
        routes.MapGet(Routes.Nodes, ListAsync).WithPolicy(Policies.Read, RateLimits.Calls);
    }

    private static async Task<Results<Ok<RegistrationReply>, ProblemHttpResult>> RegisterAsync(NodeDescription node, IGrainFactory grains, ServeOptions options)
    {
        RequestChecks.Check(node);
        if (node.Version != ProgramVersion.Current)
        {
            return (ProblemHttpResult)Problems.Of(StatusCodes.Status409Conflict, $"The node's version is '{node.Version}' but must be the coordinator's, '{ProgramVersion.Current}'. Install that one on the node.");
        }

        await grains.GetGrain<INodeGrain>(node.Id).RegisterAsync(node);
        return TypedResults.Ok(new RegistrationReply(options.LeaseTime, ProgramVersion.Current));
    }

    private static async Task<Ok<HeartbeatReply>> HeartbeatAsync(string node, Heartbeat heartbeat, IGrainFactory grains, ClusterMeters meters)
    {
        RequestChecks.Check(heartbeat);
        var reply = RequestChecks.IsName(node) ? await grains.GetGrain<INodeGrain>(node).HeartbeatAsync(heartbeat) : new HeartbeatReply(false, [], false);
        meters.CountLeases("lost", reply.Lost.Count);
        return TypedResults.Ok(reply);
    }

    private static async Task<IResult> DrainAsync(string node, IGrainFactory grains, ClaimsPrincipal user, AuditLog audit)
    {
        if (!RequestChecks.IsName(node) || await grains.GetGrain<INodeGrain>(node).SnapshotAsync() is null)
        {
            return Problems.Unknown("node", node, Routes.Nodes);
        }

        await grains.GetGrain<INodeGrain>(node).DrainAsync();
        audit.Drained(user, node);
        return TypedResults.NoContent();
    }

    private static async Task<Ok<NodeSnapshot[]>> ListAsync([FromServices] ClusterReader reader)
    {
        return TypedResults.Ok(await reader.NodesAsync());
    }
}
