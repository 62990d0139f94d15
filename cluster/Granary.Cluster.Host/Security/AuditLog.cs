using System.Security.Claims;
using Microsoft.Extensions.Logging;

namespace Granary.Cluster.Host.Security;

/// <summary>Who changed what: a line for each job handed in or cancelled, each node drained and each login.</summary>
internal sealed partial class AuditLog
{
    private readonly ILogger<AuditLog> _log;

    public AuditLog(ILogger<AuditLog> log)
    {
        _log = log;
    }

    public void Submitted(ClaimsPrincipal user, string job, string command) => LogSubmitted(_log, user.Identity?.Name, job, command);

    public void Cancelled(ClaimsPrincipal user, string job) => LogCancelled(_log, user.Identity?.Name, job);

    public void Drained(ClaimsPrincipal user, string node) => LogDrained(_log, user.Identity?.Name, node);

    public void LoggedIn(string token, string? address) => LogLoggedIn(_log, token, address);

    public void RefusedLogin(string? address) => LogRefusedLogin(_log, address);

    [LoggerMessage(1, LogLevel.Information, "Token '{Token}' handed in job '{Job}' ('{Command}').")]
    private static partial void LogSubmitted(ILogger log, string? token, string job, string command);

    [LoggerMessage(2, LogLevel.Information, "Token '{Token}' cancelled job '{Job}'.")]
    private static partial void LogCancelled(ILogger log, string? token, string job);

    [LoggerMessage(3, LogLevel.Information, "Token '{Token}' drained node '{Node}'.")]
    private static partial void LogDrained(ILogger log, string? token, string node);

    [LoggerMessage(4, LogLevel.Information, "Token '{Token}' opened a browser's session from '{Address}'.")]
    private static partial void LogLoggedIn(ILogger log, string token, string? address);

    [LoggerMessage(5, LogLevel.Warning, "A browser from '{Address}' showed no valid token.")]
    private static partial void LogRefusedLogin(ILogger log, string? address);
}
