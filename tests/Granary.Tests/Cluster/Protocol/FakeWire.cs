using System.Collections.Concurrent;
using System.Threading.Channels;

namespace Granary.Cluster.Protocol.Tests;

/// <summary>The network as a test wants it: each request waits until the test takes it and answers, or cuts the line.</summary>
internal sealed class FakeWire : HttpMessageHandler
{
    private readonly ConcurrentDictionary<string, Channel<WireRequest>> _requests = new();

    /// <summary>The next request of this method and path, once it is sent; queries do not count.</summary>
    public Task<WireRequest> NextAsync(string method, string path)
    {
        return RequestsOf($"{method} {path}").Reader.ReadAsync().AsTask().WaitAsync(TimeSpan.FromSeconds(10));
    }

    /// <summary>Requests of this method and path that the test has not taken.</summary>
    public int WaitingOf(string method, string path) => RequestsOf($"{method} {path}").Reader.Count;

    protected override async Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
    {
        var body = request.Content is null ? string.Empty : await request.Content.ReadAsStringAsync(cancellationToken);
        var sent = new WireRequest(request, body);
        await RequestsOf($"{request.Method} {request.RequestUri!.AbsolutePath}").Writer.WriteAsync(sent, cancellationToken);
        return await sent.Answered.WaitAsync(cancellationToken);
    }

    private Channel<WireRequest> RequestsOf(string route)
    {
        return _requests.GetOrAdd(route, _ => Channel.CreateUnbounded<WireRequest>());
    }
}
