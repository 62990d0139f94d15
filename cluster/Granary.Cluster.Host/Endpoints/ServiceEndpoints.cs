using Granary.Cluster.Grains;
using Granary.Cluster.Host.Metrics;
using Granary.Cluster.Host.Security;
using Granary.Cluster.Protocol;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Routing;
using Orleans;

namespace Granary.Cluster.Host.Endpoints;

/// <summary>The queue, and what is asked about the coordinator itself.</summary>
internal static class ServiceEndpoints
{
    internal const string HealthPath = "/healthz";
    internal const string OpenApiPath = "/openapi.json";

    internal static void Map(IEndpointRouteBuilder routes)
    {
        routes.MapGet(Routes.Queue, QueueAsync).WithPolicy(Policies.Read, RateLimits.Calls);
        routes.MapGet(HealthPath, () => TypedResults.NoContent()).AllowAnonymous().DisableRateLimiting();
        routes.MapGet("/metrics", MetricsAsync).WithPolicy(Policies.Read, RateLimits.Calls).Produces<string>(200, "text/plain");
        routes.MapOpenApi(OpenApiPath).RequireAuthorization(Policies.Anybody).RequireRateLimiting(RateLimits.Calls);
    }

    private static async Task<Ok<QueueSnapshot>> QueueAsync(IGrainFactory grains)
    {
        return TypedResults.Ok(await grains.GetGrain<IQueueGrain>(IQueueGrain.Main).SnapshotAsync());
    }

    private static async Task<IResult> MetricsAsync(StandingReader reader, ClusterMeters meters, PrometheusText text)
    {
        meters.Show(await reader.ReadAsync());
        return TypedResults.Text(text.Write(), PrometheusText.ContentType);
    }
}
