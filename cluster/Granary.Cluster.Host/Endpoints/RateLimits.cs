using System.Threading.RateLimiting;
using Granary.Cluster.Host.Errors;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.RateLimiting;

namespace Granary.Cluster.Host.Endpoints;

/// <summary>The limits that routes name. Above one the answer is 429, with when to come back.</summary>
internal static class RateLimits
{
    internal const string Renewals = "renewals";
    internal const string Waits = "waits";
    internal const string Calls = "calls";
    internal const string Logins = "logins";

    private const string RetrySeconds = "1";

    internal static void AddTo(RateLimiterOptions options, HostLimits limits)
    {
        options.AddConcurrencyLimiter(Renewals, limit => limit.PermitLimit = limits.Renewals);
        options.AddConcurrencyLimiter(Waits, limit => limit.PermitLimit = limits.Waits);
        options.AddConcurrencyLimiter(Calls, limit => (limit.PermitLimit, limit.QueueLimit) = (limits.Calls, limits.CallsInLine));
        options.AddPolicy(Logins, context => RateLimitPartition.GetFixedWindowLimiter(
            context.Connection.RemoteIpAddress?.ToString() ?? string.Empty,
            _ => new FixedWindowRateLimiterOptions { PermitLimit = limits.LoginsAMinute, Window = TimeSpan.FromMinutes(1) }));
        options.OnRejected = (rejected, _) =>
        {
            rejected.HttpContext.Response.Headers.RetryAfter = RetrySeconds;
            return new ValueTask(Problems.WriteAsync(rejected.HttpContext, StatusCodes.Status429TooManyRequests, $"The coordinator has as many requests of this kind as it takes. Send it again after {RetrySeconds} s or later."));
        };
    }
}
