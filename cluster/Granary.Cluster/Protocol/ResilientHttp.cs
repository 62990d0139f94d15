using System.Net;
using System.Net.Http.Headers;
using System.Net.Http.Json;
using Polly;
using Polly.CircuitBreaker;
using Polly.Retry;

namespace Granary.Cluster.Protocol;

/// <summary>
/// Sends requests until they are answered: again with growing pauses where the connection fails, the coordinator is not ready
/// or takes too long, and for a while not at all where nothing has been answered for some time.
/// </summary>
internal sealed class ResilientHttp : IDisposable
{
    private static readonly TimeSpan FirstPause = TimeSpan.FromMilliseconds(100);
    private static readonly TimeSpan LongestPause = TimeSpan.FromSeconds(3);
    private static readonly ResiliencePropertyKey<long> Begun = new("begun");

    private readonly CoordinatorOptions _options;
    private readonly TimeProvider _time;
    private readonly HttpClient _http;
    private readonly ResiliencePipeline<HttpResponseMessage> _pipeline;

    public ResilientHttp(CoordinatorOptions options, TimeProvider time, HttpMessageHandler handler)
    {
        (_options, _time) = (options, time);
        _http = new HttpClient(handler) { BaseAddress = options.Address, Timeout = Timeout.InfiniteTimeSpan };
        _http.DefaultRequestHeaders.Authorization = Shown(options.Token);
        _pipeline = new ResiliencePipelineBuilder<HttpResponseMessage> { TimeProvider = time }
            .AddRetry(new RetryStrategyOptions<HttpResponseMessage>
            {
                ShouldHandle = arguments => ValueTask.FromResult(IsTransient(arguments.Outcome) && HasPatience(arguments.Context)),
                MaxRetryAttempts = int.MaxValue,
                DelayGenerator = arguments => ValueTask.FromResult<TimeSpan?>(arguments.Outcome.Result?.Headers.RetryAfter?.Delta ?? PauseBehind(arguments.AttemptNumber)),
            })
            .AddCircuitBreaker(new CircuitBreakerStrategyOptions<HttpResponseMessage>
            {
                ShouldHandle = arguments => ValueTask.FromResult(IsTransient(arguments.Outcome)),
                FailureRatio = 1,
                MinimumThroughput = 20,
                SamplingDuration = TimeSpan.FromSeconds(10),
                BreakDuration = TimeSpan.FromSeconds(2),
            })
            .Build();
    }

    /// <summary>Sends a request and gives what was answered, refusals included, with the timestamp before it was sent.</summary>
    /// <param name="method">The request's method.</param>
    /// <param name="path">Its path and query.</param>
    /// <param name="body">What it carries as JSON; null for nothing.</param>
    /// <param name="wait">How long the coordinator is asked to wait before it answers.</param>
    /// <param name="cancellationToken">Ends the attempts.</param>
    /// <param name="token">What it shows in place of the options' token; null for that one.</param>
    /// <exception cref="CoordinatorException">It did not answer for as long as the options wait.</exception>
    public async Task<(HttpResponseMessage Response, long AskedAt)> SendAsync(HttpMethod method, string path, object? body, TimeSpan wait, CancellationToken cancellationToken, string? token = null)
    {
        var context = ResilienceContextPool.Shared.Get(cancellationToken);
        context.Properties.Set(Begun, _time.GetTimestamp());
        var askedAt = 0L;
        try
        {
            var response = await _pipeline.ExecuteAsync(
                async attempt =>
                {
                    askedAt = _time.GetTimestamp();
                    return await AttemptAsync(method, path, body, wait, token, attempt.CancellationToken);
                },
                context);
            return (response, askedAt);
        }
        catch (Exception exception) when (exception is HttpRequestException or TimeoutException or BrokenCircuitException)
        {
            throw NoAnswer(exception, FormattableString.Invariant($" for {_options.Patience.TotalSeconds:0} s"));
        }
        finally
        {
            ResilienceContextPool.Shared.Return(context);
        }
    }

    /// <summary>Opens a long answer, whose end may be far away; not tried again.</summary>
    /// <exception cref="CoordinatorException">There was no answer.</exception>
    public async Task<HttpResponseMessage> OpenAsync(string path, CancellationToken cancellationToken)
    {
        try
        {
            return await _http.GetAsync(path, HttpCompletionOption.ResponseHeadersRead, cancellationToken);
        }
        catch (HttpRequestException exception)
        {
            throw NoAnswer(exception, howLong: string.Empty);
        }
    }

    public void Dispose()
    {
        _http.Dispose();
    }

    private static AuthenticationHeaderValue Shown(string token) => new("Bearer", token);

    private static bool IsTransient(Outcome<HttpResponseMessage> outcome)
    {
        return outcome.Exception is HttpRequestException or TimeoutException or BrokenCircuitException
            || outcome.Result?.StatusCode is HttpStatusCode.ServiceUnavailable or HttpStatusCode.BadGateway or HttpStatusCode.GatewayTimeout or HttpStatusCode.TooManyRequests;
    }

    private CoordinatorException NoAnswer(Exception exception, string howLong)
    {
        var cause = exception is BrokenCircuitException { InnerException: { } inner } ? inner : exception;
        return new CoordinatorException($"The coordinator '{_options.Address}' did not answer{howLong}: {cause.Message.TrimEnd('.')}. See whether it runs, and whether this machine reaches it.", inner: exception);
    }

    // Twice as long each time, of which half is left to chance, so that callers which lost the coordinator at one moment do not
    // all come back at one.
    private TimeSpan PauseBehind(int attempt)
    {
        var longest = Math.Min(LongestPause.TotalSeconds, FirstPause.TotalSeconds * Math.Pow(2, Math.Min(attempt, 30)));
        return TimeSpan.FromSeconds(longest * (1 + _options.Chance()) / 2);
    }

    private bool HasPatience(ResilienceContext context)
    {
        return _options.Patience == Timeout.InfiniteTimeSpan || _time.GetElapsedTime(context.Properties.GetValue(Begun, 0)) < _options.Patience;
    }

    private async Task<HttpResponseMessage> AttemptAsync(HttpMethod method, string path, object? body, TimeSpan wait, string? token, CancellationToken cancellationToken)
    {
        using var late = new CancellationTokenSource(wait + _options.RequestTime, _time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(late.Token, cancellationToken);
        using var request = new HttpRequestMessage(method, path);
        request.Headers.Authorization = token is null ? null : Shown(token); // null leaves the client's own
        request.Content = body is null ? null : JsonContent.Create(body, body.GetType(), options: WireJson.Options);
        try
        {
            return await _http.SendAsync(request, HttpCompletionOption.ResponseContentRead, either.Token);
        }
        catch (OperationCanceledException) when (late.IsCancellationRequested && !cancellationToken.IsCancellationRequested)
        {
            throw new TimeoutException($"no answer within {(wait + _options.RequestTime).TotalSeconds:0} s");
        }
    }
}
