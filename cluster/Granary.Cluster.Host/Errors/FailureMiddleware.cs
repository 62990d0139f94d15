using System.Diagnostics;
using System.Globalization;
using System.Text.Json;
using Granary.Cluster.Grains;
using Granary.Cluster.Host.Security;
using Granary.Cluster.Ledger;
using Granary.Core.Configuration;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Orleans.Runtime;

namespace Granary.Cluster.Host.Errors;

/// <summary>Turns what a request's work throws into an answer with a sentence. Anything without a name is a fault of the coordinator: it is logged whole and told of by number.</summary>
internal sealed partial class FailureMiddleware
{
    // The database or another process is looked at again after this time; workers add jitter of their own.
    private const int RetrySeconds = 2;

    private readonly RequestDelegate _next;
    private readonly IHostApplicationLifetime _lifetime;
    private readonly OutageLog _outages;
    private readonly ILogger<FailureMiddleware> _log;

    public FailureMiddleware(RequestDelegate next, IHostApplicationLifetime lifetime, OutageLog outages, ILogger<FailureMiddleware> log)
    {
        _next = next;
        _lifetime = lifetime;
        _outages = outages;
        _log = log;
    }

    public async Task InvokeAsync(HttpContext context)
    {
        try
        {
            await _next(context);
        }
        catch (OperationCanceledException) when (context.RequestAborted.IsCancellationRequested)
        {
            // Nobody is left to answer.
        }
        catch (Exception exception) when (!context.Response.HasStarted)
        {
            await AnswerAsync(context, exception);
        }
    }

    private Task AnswerAsync(HttpContext context, Exception exception)
    {
        switch (exception)
        {
            case BadHttpRequestException bad:
                return Problems.WriteAsync(context, bad.StatusCode, SentenceOf(bad));
            case ConfigurationException faults:
                return Problems.WriteAsync(context, StatusCodes.Status400BadRequest, faults.Message, faults.Errors);
            case RequestRefusedException:
                return Problems.WriteAsync(context, StatusCodes.Status400BadRequest, exception.Message);
            case OutOfScopeException:
                return Problems.WriteAsync(context, StatusCodes.Status403Forbidden, exception.Message);
            case LedgerConflictException:
                return Problems.WriteAsync(context, StatusCodes.Status409Conflict, exception.Message);
            case LedgerUnavailableException:
            case OrleansException when IsOfDatabase(exception):
                _outages.Tell("The database", exception, context.Request.Method, RouteOf(context));
                return LaterAsync(context, "The database does not answer, so whether a write took place is not known. Send the same request again, with the same operation.");
            case TimeoutException:
                _outages.Tell("The coordinator", exception, context.Request.Method, RouteOf(context));
                return LaterAsync(context, "The coordinator was too busy to answer in time, so whether a write took place is not known. Send the same request again, with the same operation.");
            case OperationCanceledException when _lifetime.ApplicationStopping.IsCancellationRequested:
                return LaterAsync(context, "The coordinator is ending. Send the same request again once it is back.");
            default:
                var number = Activity.Current?.TraceId.ToString() ?? context.TraceIdentifier;
                LogFault(_log, exception, context.Request.Method, RouteOf(context), number);
                return Problems.WriteAsync(context, StatusCodes.Status500InternalServerError, $"The coordinator failed at this request; its log tells why under '{number}'.");
        }
    }

    // A grain that cannot be brought to life says so in the runtime's own words, around what its storage said.
    private static bool IsOfDatabase(Exception exception)
    {
        return exception is LedgerUnavailableException || (exception.InnerException is { } inner && IsOfDatabase(inner));
    }

    // The path itself may hold anything, also what a terminal would obey.
    private static string? RouteOf(HttpContext context)
    {
        return (context.GetEndpoint() as RouteEndpoint)?.RoutePattern.RawText;
    }

    private static Task LaterAsync(HttpContext context, string sentence)
    {
        context.Response.Headers.RetryAfter = RetrySeconds.ToString(CultureInfo.InvariantCulture);
        return Problems.WriteAsync(context, StatusCodes.Status503ServiceUnavailable, sentence);
    }

    private static string SentenceOf(BadHttpRequestException bad)
    {
        return bad switch
        {
            { InnerException: JsonException json } => $"The body is not what this route takes: {json.Message} GET /openapi.json says what it takes.",
            { StatusCode: StatusCodes.Status413PayloadTooLarge } => "The body is larger than this route takes. Send shards in several requests, and files through the shared folder.",
            _ => $"{bad.Message} GET /openapi.json says what this route takes.",
        };
    }

    [LoggerMessage(2, LogLevel.Error, "Failed at {Method} '{Route}', number '{Number}'.")]
    private static partial void LogFault(ILogger log, Exception exception, string method, string? route, string number);
}
