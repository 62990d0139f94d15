using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.WebUtilities;

namespace Granary.Cluster.Host.Errors;

/// <summary>Answers that say what went wrong, as problem+json: a sentence in `detail`, and where there are several faults all of them in `errors`.</summary>
internal static class Problems
{
    internal static Task WriteAsync(HttpContext context, int status, string detail, IReadOnlyList<string>? errors = null)
    {
        return Of(status, detail, errors).ExecuteAsync(context);
    }

    internal static IResult Of(int status, string detail, IReadOnlyList<string>? errors = null)
    {
        var extensions = errors is null ? null : new Dictionary<string, object?> { ["errors"] = errors };
        return TypedResults.Problem(detail, statusCode: status, title: ReasonPhrases.GetReasonPhrase(status), extensions: extensions);
    }

    /// <summary>Nothing of this name; what there is, another route lists.</summary>
    internal static IResult Unknown(string what, string name, string list)
    {
        return Of(StatusCodes.Status404NotFound, $"There is no {what} '{name}'. GET {list} lists what there is.");
    }

    /// <summary>The holder's token is no longer the shard's.</summary>
    internal static IResult Fenced(object shard, object token)
    {
        return Of(StatusCodes.Status409Conflict, $"The lease of shard '{shard}' with token '{token}' is over or another's: fenced. Stop the work and throw away what it made.");
    }
}
