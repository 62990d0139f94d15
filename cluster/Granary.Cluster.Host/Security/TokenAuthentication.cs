using System.Security.Claims;
using System.Text.Encodings.Web;
using Granary.Cluster.Host.Errors;
using Microsoft.AspNetCore.Authentication;
using Microsoft.AspNetCore.Authorization;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace Granary.Cluster.Host.Security;

/// <summary>Reads a bearer token, or for pages that are only looked at a browser's session.</summary>
internal sealed class TokenAuthentication : AuthenticationHandler<AuthenticationSchemeOptions>
{
    internal const string SchemeName = "Bearer";

    private const string Bearer = "Bearer ";

    private readonly TokenDirectory _tokens;
    private readonly BrowserSessions _sessions;

    public TokenAuthentication(IOptionsMonitor<AuthenticationSchemeOptions> options, ILoggerFactory logs, UrlEncoder encoder, TokenDirectory tokens, BrowserSessions sessions)
        : base(options, logs, encoder)
    {
        _tokens = tokens;
        _sessions = sessions;
    }

    protected override Task<AuthenticateResult> HandleAuthenticateAsync()
    {
        return Task.FromResult(Record() is { } token ? AuthenticateResult.Success(TicketOf(token)) : AuthenticateResult.NoResult());
    }

    protected override Task HandleChallengeAsync(AuthenticationProperties properties)
    {
        if (Request.Path == "/" && HttpMethods.IsGet(Request.Method) && Request.Headers.Authorization.Count == 0)
        {
            Response.StatusCode = StatusCodes.Status303SeeOther;
            Response.Headers.Location = LoginEndpoints.Path;
            return Task.CompletedTask;
        }

        Response.Headers.WWWAuthenticate = SchemeName;
        return Problems.WriteAsync(Context, StatusCodes.Status401Unauthorized, "The request shows no valid token. Send 'Authorization: Bearer TOKEN'; an admin makes tokens with: granary token add NAME --role ROLE");
    }

    protected override Task HandleForbiddenAsync(AuthenticationProperties properties)
    {
        var wanted = Context.GetEndpoint()?.Metadata.GetOrderedMetadata<IAuthorizeData>().Select(data => data.Policy).FirstOrDefault();
        var allowed = wanted is not null && Policies.Roles.TryGetValue(wanted, out var roles) ? string.Join(", ", roles.Select(role => $"'{Policies.WordOf(role)}'")) : "none";
        var role = Context.User.FindFirstValue(ClaimTypes.Role);
        return Problems.WriteAsync(Context, StatusCodes.Status403Forbidden, $"The token '{Context.User.Identity?.Name}' has the role '{role}', but this takes one of: {allowed}. Use another token.");
    }

    private TokenRecord? Record()
    {
        var headers = Request.Headers.Authorization;
        if (headers.Count > 0)
        {
            // Who shows a token is judged by it alone: a session beside it must not help.
            return headers.Count == 1 && headers[0] is { } header && header.StartsWith(Bearer, StringComparison.OrdinalIgnoreCase) ? _tokens.Find(header[Bearer.Length..].Trim()) : null;
        }

        // A session changes nothing, so no other site's form can do anything through a browser that has one.
        var isLook = HttpMethods.IsGet(Request.Method) || HttpMethods.IsHead(Request.Method);
        return isLook && Request.Cookies[LoginEndpoints.CookieOf(Request)] is { } session ? _sessions.Find(session) : null;
    }

    private AuthenticationTicket TicketOf(TokenRecord token)
    {
        var identity = new ClaimsIdentity([new Claim(ClaimTypes.Name, token.Name), new Claim(ClaimTypes.Role, Policies.WordOf(token.Role))], SchemeName);
        return new AuthenticationTicket(new ClaimsPrincipal(identity), Scheme.Name);
    }
}
