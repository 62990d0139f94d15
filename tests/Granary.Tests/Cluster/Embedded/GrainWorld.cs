using Granary.Testing;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Orleans;
using Orleans.Hosting;
using Orleans.Storage;

namespace Granary.Cluster.Embedded.Tests;

/// <summary>A runtime of its own with the tests' grains, storages in memory, and a clock that the test moves.</summary>
internal sealed class GrainWorld : IAsyncDisposable
{
    private readonly ServiceProvider _services;

    internal GrainWorld(IGrainStorage? storage = null)
    {
        _services = new ServiceCollection()
            .AddSingleton<TimeProvider>(Clock)
            .AddSingleton(Journal)
            .AddScoped<ScopedService>()
            .AddSingleton(storage ?? new MemoryGrainStorage())
            .AddMemoryGrainStorage("other")
            .AddEmbeddedOrleans(new EmbeddedOrleansOptions { GrainAssemblies = [typeof(GrainWorld).Assembly] })
            .BuildServiceProvider();
        Runtime.StartAsync(CancellationToken.None);
    }

    internal ManualClock Clock { get; } = new();

    internal Journal Journal { get; } = new();

    internal IGrainFactory Grains => _services.GetRequiredService<IGrainFactory>();

    internal IHostedService Runtime => _services.GetRequiredService<IHostedService>();

    public async ValueTask DisposeAsync()
    {
        await Runtime.StopAsync(CancellationToken.None);
        await _services.DisposeAsync();
    }

    internal IScriptGrain Script(string key) => Grains.GetGrain<IScriptGrain>(key);

    /// <summary>Lives as long as its activation.</summary>
    internal sealed class ScopedService : IDisposable
    {
        internal bool IsDisposed { get; private set; }

        public void Dispose() => IsDisposed = true;
    }
}
