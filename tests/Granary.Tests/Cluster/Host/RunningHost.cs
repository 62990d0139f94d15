using System.Net.Http.Headers;
using System.Runtime.Versioning;
using Granary.Cluster.Host.Security;
using Granary.Cluster.Ledger;
using Granary.Testing;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Orleans;

namespace Granary.Cluster.Host.Tests;

/// <summary>The HTTP interface over a cluster of fakes, on a port of the loopback device, with a token of each role.</summary>
[UnsupportedOSPlatform("windows")]
internal sealed class RunningHost : IAsyncDisposable
{
    private readonly TempFolder _folder = new();
    private readonly Dictionary<TokenRole, string> _tokens = [];
    private readonly List<HttpClient> _clients = [];
    private WebApplication? _application;

    private RunningHost()
    {
        Tokens = new TokenFile(_folder[TokenFile.Name], Clock);
    }

    public FakeCluster Cluster { get; } = new();

    public ManualClock Clock { get; } = new();

    public CapturedLogs Logs { get; } = new();

    public TokenFile Tokens { get; }

    public string Folder => _folder.Path;

    public IServiceProvider Services => _application!.Services;

    public Uri Address => new(_application!.Urls.Single());

    public static async Task<RunningHost> StartAsync(Func<HostLimits, HostLimits>? limits = null, Func<ServeOptions, ServeOptions>? options = null)
    {
        var host = new RunningHost();
        foreach (var role in Enum.GetValues<TokenRole>())
        {
            host._tokens[role] = host.Tokens.Add($"the-{role}", role, lifetime: null);
        }

        var given = new ServeOptions { Url = "http://127.0.0.1:0", Folder = host.Folder };
        host._application = CoordinatorHost.Build(
            options?.Invoke(given) ?? given,
            limits?.Invoke(new HostLimits()) ?? new HostLimits(),
            host.Clock,
            builder => builder.Services.AddSingleton<IGrainFactory>(host.Cluster).AddSingleton(host.Cluster.Ledger.Face),
            logs => logs.SetMinimumLevel(LogLevel.Trace).AddProvider(host.Logs));
        await host._application.StartAsync();
        return host;
    }

    public string TokenOf(TokenRole role) => _tokens[role];

    /// <summary>A client that shows this token; none where it is null.</summary>
    public HttpClient ClientWith(string? token)
    {
        var client = new HttpClient(new SocketsHttpHandler { AllowAutoRedirect = false, UseCookies = false }) { BaseAddress = Address };
        client.DefaultRequestHeaders.Authorization = token is null ? null : new AuthenticationHeaderValue("Bearer", token);
        _clients.Add(client);
        return client;
    }

    public HttpClient Client(TokenRole role) => ClientWith(_tokens[role]);

    /// <summary>A client that shows a pass which comes from the worker's token.</summary>
    public HttpClient Client(PassRole role, string job, ShardKey shard, LeaseToken token) => ClientWith(PassOf(role, job, shard, token));

    /// <summary>The client of a job's own process.</summary>
    public HttpClient Driver(string job) => Client(PassRole.Driver, job, new ShardKey($"{job}/driver", 0), new LeaseToken(1, 1));

    public string PassOf(PassRole role, string job, ShardKey shard, LeaseToken token)
    {
        return Services.GetRequiredService<PassSeal>().Make(new Pass(role, TokenText.HashText(_tokens[TokenRole.Worker]), job, shard, token));
    }

    /// <summary>Writes a file below the folder that all nodes see.</summary>
    public string Write(string path, string text)
    {
        var full = Path.Combine(Folder, path);
        Directory.CreateDirectory(Path.GetDirectoryName(full)!);
        File.WriteAllText(full, text);
        return full;
    }

    public Task StopAsync() => _application!.StopAsync();

    public async ValueTask DisposeAsync()
    {
        foreach (var client in _clients)
        {
            client.Dispose();
        }

        await _application!.StopAsync();
        await _application.DisposeAsync();
        _folder.Dispose();
    }
}
