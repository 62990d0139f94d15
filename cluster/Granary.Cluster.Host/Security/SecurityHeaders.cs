using Microsoft.AspNetCore.Builder;

namespace Granary.Cluster.Host.Security;

/// <summary>What browsers are told with every answer: nothing from elsewhere, nothing inline, nothing framed, nothing guessed, nothing kept.</summary>
internal static class SecurityHeaders
{
    internal const string ContentSecurityPolicy = "default-src 'self'; object-src 'none'; base-uri 'none'; frame-ancestors 'none'; form-action 'self'";

    internal static void Use(IApplicationBuilder application)
    {
        application.Use((context, next) =>
        {
            var headers = context.Response.Headers;
            headers.ContentSecurityPolicy = ContentSecurityPolicy;
            headers.XContentTypeOptions = "nosniff";
            headers.XFrameOptions = "DENY";
            headers["Referrer-Policy"] = "no-referrer";
            headers["Cross-Origin-Resource-Policy"] = "same-origin";
            headers.CacheControl = "no-store";
            return next(context);
        });
    }
}
