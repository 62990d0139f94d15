using Granary.Cluster.Host.Endpoints;
using Granary.Cluster.Host.Security;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;

namespace Granary.Cluster.Host.Dashboard;

/// <summary>The dashboard: one page, one script, one style. The style is open, for the page that asks for a token has it too.</summary>
internal static class DashboardEndpoints
{
    internal const string StylePath = "/dashboard.css";

    internal static void Map(IEndpointRouteBuilder routes)
    {
        routes.MapGet("/", () => TypedResults.Text(Page.Index, "text/html; charset=utf-8")).WithPolicy(Policies.Read, RateLimits.Calls).ExcludeFromDescription();
        routes.MapGet("/dashboard.js", () => TypedResults.Text(Page.Script, "text/javascript; charset=utf-8")).WithPolicy(Policies.Read, RateLimits.Calls).ExcludeFromDescription();
        routes.MapGet(StylePath, () => TypedResults.Text(Page.Style, "text/css; charset=utf-8")).AllowAnonymous().RequireRateLimiting(RateLimits.Calls).ExcludeFromDescription();
    }
}
