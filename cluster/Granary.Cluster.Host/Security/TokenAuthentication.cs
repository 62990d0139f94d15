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
    private readonly PassReader _passes;
    private bool _hasEnded; // a pass was shown whose lease is over

    public TokenAuthentication(IOptionsMonitor<AuthenticationSchemeOptions> options, ILoggerFactory logs, UrlEncoder encoder, TokenDirectory tokens, BrowserSessions sessions, PassReader passes)
        : base(options, logs, encoder)
    {
        (_tokens, _sessions, _passes) = (tokens, sessions, passes);
    }

    protected override async Task<AuthenticateResult> HandleAuthenticateAsync()
    {
        var identity = Request.Headers.Authorization.Count == 0 ? IdentityOf(Session()) : await ShownAsync();
        return identity is null ? AuthenticateResult.NoResult() : AuthenticateResult.Success(new AuthenticationTicket(new ClaimsPrincipal(identity), Scheme.Name));
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
        return Problems.WriteAsync(Context, StatusCodes.Status401Unauthorized, _hasEnded ? "The lease that this token was made for is over, and the token with it. Stop the work; who holds the shard next has a token of its own." : "The request shows no valid token. Send 'Authorization: Bearer TOKEN'; an admin makes tokens with: granary token add NAME --role ROLE");
    }

    protected override Task HandleForbiddenAsync(AuthenticationProperties properties)
    {
        var wanted = Context.GetEndpoint()?.Metadata.GetOrderedMetadata<IAuthorizeData>().Select(data => data.Policy).FirstOrDefault();
        var allowed = wanted is not null && Policies.Roles.TryGetValue(wanted, out var roles) ? string.Join(", ", roles.Select(role => $"'{role}'")) : "none";
        var role = Context.User.FindFirstValue(ClaimTypes.Role);
        return Problems.WriteAsync(Context, StatusCodes.Status403Forbidden, $"The token '{Context.User.Identity?.Name}' has the role '{role}', but this takes one of: {allowed}. Use another token.");
    }

    // Who shows a token is judged by it alone: a session beside it must not help.
    private async Task<ClaimsIdentity?> ShownAsync()
    {
        var headers = Request.Headers.Authorization;
        if (headers.Count != 1 || headers[0] is not { } header || !header.StartsWith(Bearer, StringComparison.OrdinalIgnoreCase))
        {
            return null;
        }

        var text = header[Bearer.Length..].Trim();
        if (!PassSeal.IsLike(text))
        {
            return IdentityOf(_tokens.Find(text));
        }

        var found = _passes.Find(text);
        _hasEnded = found is { } pass && !await _passes.HoldsAsync(pass.Pass, Context.RequestAborted);
        return found is { } known && !_hasEnded ? new PassIdentity(known.Pass, known.Parent, SchemeName) : null;
    }

    // A session changes nothing, so no other site's form can do anything through a browser that has one.
    private TokenRecord? Session()
    {
        var isLook = HttpMethods.IsGet(Request.Method) || HttpMethods.IsHead(Request.Method);
        return isLook && Request.Cookies[LoginEndpoints.CookieOf(Request)] is { } session ? _sessions.Find(session) : null;
    }

    private static ClaimsIdentity? IdentityOf(TokenRecord? token)
    {
        return token is null ? null : new ClaimsIdentity([new Claim(ClaimTypes.Name, token.Name), new Claim(ClaimTypes.Role, Policies.WordOf(token.Role)), new Claim(ClaimTypes.Hash, token.Sha256)], SchemeName);
    }
}
