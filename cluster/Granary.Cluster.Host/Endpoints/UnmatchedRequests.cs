using Granary.Cluster.Host.Errors;
using Microsoft.AspNetCore.Authentication;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;

namespace Granary.Cluster.Host.Endpoints;

/// <summary>Answers what no route takes: who has a token is told why, and nobody else learns what there is.</summary>
internal static class UnmatchedRequests
{
    internal static void Use(IApplicationBuilder application)
    {
        application.Use(async (context, next) =>
        {
            if (context.GetEndpoint() is RouteEndpoint)
            {
                await next(context);
            }
            else if (context.User.Identity?.IsAuthenticated != true)
            {
                await context.ChallengeAsync();
            }
            else
            {
                await RefuseAsync(context);
            }
        });
    }

    private static async Task RefuseAsync(HttpContext context)
    {
        var (request, response) = (context.Request, context.Response);
        if (context.GetEndpoint()?.RequestDelegate is { } refuse)
        {
            // The router's own refusal: a method or a type of body that the path does not take.
            await refuse(context);
        }
        else
        {
            response.StatusCode = StatusCodes.Status404NotFound;
        }

        await Problems.WriteAsync(context, response.StatusCode, response.StatusCode switch
        {
            StatusCodes.Status405MethodNotAllowed => $"'{request.Path}' does not take {request.Method} but {response.Headers.Allow}.",
            StatusCodes.Status415UnsupportedMediaType => $"The body's type is '{request.ContentType}' but must be 'application/json'. Send it with 'Content-Type: application/json'.",
            _ => $"No route takes {request.Method} '{request.Path}'. GET {ServiceEndpoints.OpenApiPath} lists what there is.",
        });
    }
}
