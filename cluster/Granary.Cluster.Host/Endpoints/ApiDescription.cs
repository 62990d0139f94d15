using Granary.Cluster.Protocol;
using Microsoft.AspNetCore.OpenApi;
using Microsoft.OpenApi;

namespace Granary.Cluster.Host.Endpoints;

/// <summary>The OpenAPI description: made from the routes themselves, so that it cannot say anything else than they do.</summary>
internal static class ApiDescription
{
    private const string SchemeId = "token";

    internal static void Configure(OpenApiOptions options)
    {
        options.AddDocumentTransformer((document, _, _) =>
        {
            document.Info = new OpenApiInfo { Title = "Granary's coordinator", Version = ProgramVersion.Current, Description = "Errors are problem+json: `detail` says what is wrong and what to do." };
            document.Servers = [];
            document.Components ??= new OpenApiComponents();
            document.Components.SecuritySchemes = new Dictionary<string, IOpenApiSecurityScheme>
            {
                [SchemeId] = new OpenApiSecurityScheme { Type = SecuritySchemeType.Http, Scheme = "bearer" },
            };
            document.Security = [new OpenApiSecurityRequirement { [new OpenApiSecuritySchemeReference(SchemeId, document)] = [] }];
            return Task.CompletedTask;
        });
    }
}
