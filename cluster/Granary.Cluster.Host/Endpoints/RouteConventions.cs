using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;

namespace Granary.Cluster.Host.Endpoints;

/// <summary>What each route states about itself.</summary>
internal static class RouteConventions
{
    /// <summary>Who may call it, and under which limit.</summary>
    internal static RouteHandlerBuilder WithPolicy(this RouteHandlerBuilder route, string policy, string limit)
    {
        return route.RequireAuthorization(policy).RequireRateLimiting(limit).ProducesProblem(401).ProducesProblem(403).ProducesProblem(429).ProducesProblem(503);
    }
}
