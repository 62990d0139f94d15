using System.Runtime.Versioning;
using Granary.Cluster.Host.Tests;

namespace Granary.Cluster.Host.Endpoints.Tests;

/// <summary>A host for each test of an endpoint.</summary>
[UnsupportedOSPlatform("windows")]
public abstract class EndpointFixture
{
    private protected RunningHost Host { get; private set; } = null!;

    [SetUp]
    public async Task StartAsync()
    {
        Host = await RunningHost.StartAsync();
    }

    [TearDown]
    public async Task StopAsync()
    {
        await Host.DisposeAsync();
    }
}
