using System.Net;
using Granary.Cluster.Host.Dashboard;
using Granary.Cluster.Host.Endpoints;
using Granary.Cluster.Host.Errors;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;

namespace Granary.Cluster.Host.Security;

/// <summary>How a browser comes in: a form takes the token once, and a cookie that no script can read stands for it from then on.</summary>
internal static class LoginEndpoints
{
    internal const string Path = "/login";
    internal const string LogoutPath = "/logout";
    internal const string TokenField = "token";

    private const string SealPlace = "{seal}";
    private const string MessagePlace = "{message}";

    internal static void Map(IEndpointRouteBuilder routes)
    {
        routes.MapGet(Path, (HttpContext context) => PageOf(context, string.Empty, StatusCodes.Status200OK)).AllowAnonymous().RequireRateLimiting(RateLimits.Calls).ExcludeFromDescription();
        routes.MapPost(Path, LogInAsync).AllowAnonymous().RequireRateLimiting(RateLimits.Logins).ExcludeFromDescription();
        routes.MapPost(LogoutPath, LogOut).AllowAnonymous().RequireRateLimiting(RateLimits.Calls).ExcludeFromDescription();
    }

    /// <summary>The name of the session's cookie.</summary>
    internal static string CookieOf(HttpRequest request)
    {
        return CookieRules.NameOf(request, "granary");
    }

    private static async Task<IResult> LogInAsync(HttpContext context, TokenDirectory tokens, BrowserSessions sessions, AuditLog audit)
    {
        if (!context.Request.HasFormContentType || await context.Request.ReadFormAsync(context.RequestAborted) is not { } form || !FormSeal.Holds(context.Request, form))
        {
            return Problems.Of(StatusCodes.Status400BadRequest, "The form does not come from this coordinator's page. Load the page '/login' again, with cookies switched on.");
        }

        var address = context.Connection.RemoteIpAddress?.ToString();
        if (tokens.Find(form[TokenField].ToString().Trim()) is not { } token || !Policies.Roles[Policies.Read].Contains(Policies.WordOf(token.Role)))
        {
            audit.RefusedLogin(address);
            return PageOf(context, "This is no valid token of a role that reads.", StatusCodes.Status401Unauthorized);
        }

        audit.LoggedIn(token.Name, address);
        context.Response.Cookies.Append(CookieOf(context.Request), sessions.Open(token), CookieRules.Of(context.Request));
        return SeeOther(context, "/");
    }

    private static IResult LogOut(HttpContext context, BrowserSessions sessions)
    {
        if (context.Request.Cookies[CookieOf(context.Request)] is { } session)
        {
            sessions.Close(session);
        }

        context.Response.Cookies.Delete(CookieOf(context.Request), CookieRules.Of(context.Request));
        return SeeOther(context, Path);
    }

    private static IResult SeeOther(HttpContext context, string path)
    {
        context.Response.Headers.Location = path;
        return TypedResults.StatusCode(StatusCodes.Status303SeeOther);
    }

    private static IResult PageOf(HttpContext context, string message, int status)
    {
        var page = Page.Login
            .Replace(SealPlace, FormSeal.Create(context), StringComparison.Ordinal)
            .Replace(MessagePlace, WebUtility.HtmlEncode(message), StringComparison.Ordinal);
        return TypedResults.Content(page, "text/html; charset=utf-8", statusCode: status);
    }
}
