using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Hosting;

namespace Granary.Cluster.Host.Endpoints;

/// <summary>When a request that waits is to wait no longer: its caller has gone, or the coordinator ends.</summary>
internal sealed class RequestEnd : IDisposable
{
    private readonly CancellationTokenSource _source;

    public RequestEnd(IHttpContextAccessor accessor, IHostApplicationLifetime lifetime)
    {
        _source = CancellationTokenSource.CreateLinkedTokenSource(accessor.HttpContext!.RequestAborted, lifetime.ApplicationStopping);
    }

    /// <summary>Cancelled at the end.</summary>
    public CancellationToken Token => _source.Token;

    public void Dispose()
    {
        _source.Dispose();
    }
}
