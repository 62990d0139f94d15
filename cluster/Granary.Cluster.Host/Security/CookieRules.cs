using Microsoft.AspNetCore.Http;

namespace Granary.Cluster.Host.Security;

/// <summary>What all cookies are: for this host alone, for no script, for no request that another site makes.</summary>
internal static class CookieRules
{
    internal static CookieOptions Of(HttpRequest request)
    {
        return new CookieOptions { HttpOnly = true, SameSite = SameSiteMode.Strict, Secure = request.IsHttps, Path = "/" };
    }

    /// <summary>A cookie's name; under TLS it makes browsers refuse the cookie from anywhere but this host over TLS.</summary>
    internal static string NameOf(HttpRequest request, string name)
    {
        return request.IsHttps ? $"__Host-{name}" : name;
    }
}
