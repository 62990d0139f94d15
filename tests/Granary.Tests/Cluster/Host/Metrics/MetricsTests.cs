using System.Net;
using System.Runtime.Versioning;
using System.Text;
using Granary.Cluster.Grains;
using Granary.Cluster.Host.Security;
using Granary.Cluster.Host.Tests;
using Granary.Cluster.Ledger;
using Granary.Cluster.Protocol;

namespace Granary.Cluster.Host.Metrics.Tests;

[UnsupportedOSPlatform("windows")]
public sealed class MetricsTests
{
    [Test]
    public async Task Metrics_count_requests_by_pattern_leases_by_outcome_and_what_there_is()
    {
        await using var host = await RunningHost.StartAsync();
        Fill(host.Cluster);
        await host.Client(TokenRole.Worker).SendAsync(Routes.Leases, new NodeOffer("n", 1, 0, AcceptsRanks: false));
        await host.Client(PassRole.Holder, "a", new ShardKey("a/tokens", 1), new LeaseToken(1, 1)).SendAsync(Routes.Commit, new CommitRequest("op", new ShardKey("a/tokens", 1), new LeaseToken(1, 1), new ShardOutput(null, null, 0)));
        await host.Client(PassRole.Holder, "a", new ShardKey("a/tokens", 2), new LeaseToken(1, 1)).SendAsync(Routes.Commit, new CommitRequest("op", new ShardKey("a/tokens", 2), new LeaseToken(1, 1), new ShardOutput(null, null, 0)));
        await host.Client(TokenRole.Read).GetAsync("/v1/jobs/a");
        await host.Client(TokenRole.Read).GetAsync("/v1/jobs/b");

        var answer = await host.Client(TokenRole.Read).GetAsync("/metrics");

        var lines = (await answer.Content.ReadAsStringAsync()).Split('\n');
        Assert.That(answer.Content.Headers.ContentType!.ToString(), Is.EqualTo("text/plain; version=0.0.4; charset=utf-8"));
        Assert.That(lines, Is.SupersetOf(new[]
        {
            "# TYPE granary_requests_total counter",
            "granary_requests_total{method=\"GET\",route=\"/v1/jobs/{job}\",status=\"200\"} 1",
            "granary_requests_total{method=\"GET\",route=\"/v1/jobs/{job}\",status=\"404\"} 1",
            "granary_requests_total{method=\"POST\",route=\"/v1/leases/commit\",status=\"409\"} 1",
            "granary_leases_total{outcome=\"committed\"} 1",
            "granary_leases_total{outcome=\"fenced\"} 1",
            "granary_leases_total{outcome=\"granted\"} 1",
            "# TYPE granary_shards gauge",
            "granary_shards{state=\"done\"} 3",
            "granary_shards{state=\"failed\"} 0",
            "granary_nodes{state=\"alive\"} 1",
            "granary_nodes{state=\"lost\"} 1",
            "granary_jobs{status=\"running\"} 1",
            "granary_queue_datasets 1",
        }));
    }

    [Test]
    public async Task Every_line_is_of_the_format()
    {
        await using var host = await RunningHost.StartAsync();
        Fill(host.Cluster);
        await host.Client(TokenRole.Read).SendAsync(new HttpRequestMessage(new HttpMethod("MADE-UP"), "/%22%5C%0A{x}"));

        var lines = (await host.Client(TokenRole.Read).GetStringAsync("/metrics")).TrimEnd('\n').Split('\n');

        Assert.That(lines, Has.All.Match("^(# (HELP|TYPE) [a-z_]+ .+|[a-z_]+(\\{[a-z]+=\"([^\"\\\\\n]|\\\\.)*\"(,[a-z]+=\"([^\"\\\\\n]|\\\\.)*\")*\\})? [0-9]+)$"));
        Assert.That(lines, Has.Some.EqualTo("granary_requests_total{method=\"other\",route=\"none\",status=\"404\"} 1"));
    }

    [Test]
    public async Task Metrics_are_sent_by_otlp_where_that_is_asked_for()
    {
        using var collector = new HttpListener();
        var address = $"http://127.0.0.1:{Granary.Testing.FreePort.Find()}/";
        collector.Prefixes.Add(address);
        collector.Start();
        var received = ReceiveAsync(collector);
        await using (var host = await RunningHost.StartAsync(options: options => options with { Otlp = address }))
        {
            Fill(host.Cluster);
            await host.Client(TokenRole.Read).GetAsync("/v1/jobs/a");
            await host.StopAsync(); // sends what is left
        }

        var (path, body) = await received;

        Assert.That(path, Is.EqualTo("/v1/metrics"));
        Assert.That(body, Does.Contain("granary.requests").And.Contain("/v1/jobs/{job}"));
    }

    private static async Task<(string Path, string Body)> ReceiveAsync(HttpListener collector)
    {
        var context = await collector.GetContextAsync();
        using var body = new MemoryStream();
        await context.Request.InputStream.CopyToAsync(body);
        context.Response.Close();
        return (context.Request.Url!.AbsolutePath, Encoding.Latin1.GetString(body.ToArray()));
    }

    private static void Fill(FakeCluster cluster)
    {
        cluster.Jobs["a"] = FakeCluster.Job("a");
        cluster.Nodes["n"] = new NodeSnapshot(FakeCluster.Node("n"), default, IsLost: false, IsDraining: false, []);
        cluster.Nodes["m"] = new NodeSnapshot(FakeCluster.Node("m"), default, IsLost: true, IsDraining: false, []);
        cluster.Datasets["a/tokens"] = FakeCluster.Dataset("a/tokens", "a", (ShardState.Done, 3), (ShardState.Leased, 1));
        cluster.Grain<IQueueGrain>(IQueueGrain.Main).On(nameof(IQueueGrain.LeaseNextAsync), _ => Task.FromResult<ShardLease?>(FakeCluster.Lease("a/tokens", 1)));
        cluster.Grain<IShardGrain>("a/tokens#2").On(nameof(IShardGrain.CommitAsync), _ => Task.FromResult(false));
    }
}
