using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;

namespace Granary.Cluster.Host.Metrics;

/// <summary>Counts each request by its route's pattern, never by its path, which anybody can make up.</summary>
internal static class RequestCounting
{
    internal static void Use(IApplicationBuilder application, ClusterMeters meters)
    {
        application.Use(async (context, next) =>
        {
            await next(context);
            var route = (context.GetEndpoint() as RouteEndpoint)?.RoutePattern.RawText ?? "none";
            meters.CountRequest(MethodOf(context), route, context.Response.StatusCode);
        });
    }

    // A method, too, can be any word.
    private static string MethodOf(HttpContext context)
    {
        var method = context.Request.Method;
        return HttpMethods.IsGet(method) || HttpMethods.IsPost(method) || HttpMethods.IsDelete(method) || HttpMethods.IsHead(method) ? method : "other";
    }
}
