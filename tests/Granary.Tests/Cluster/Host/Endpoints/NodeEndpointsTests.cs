using System.Net;
using System.Runtime.Versioning;
using Granary.Cluster.Grains;
using Granary.Cluster.Host.Security;
using Granary.Cluster.Host.Tests;
using Granary.Cluster.Ledger;
using Granary.Cluster.Protocol;

namespace Granary.Cluster.Host.Endpoints.Tests;

[UnsupportedOSPlatform("windows")]
public sealed class NodeEndpointsTests : EndpointFixture
{
    [Test]
    public async Task A_node_that_registers_learns_how_long_leases_hold_and_is_listed()
    {
        var reply = await (await Host.Client(TokenRole.Worker).SendAsync(Routes.Nodes, FakeCluster.Node("n-1"))).ReadAsync<RegistrationReply>();
        var nodes = await (await Host.Client(TokenRole.Read).GetAsync(Routes.Nodes)).ReadAsync<NodeSnapshot[]>();

        Assert.That(reply, Is.EqualTo(new RegistrationReply(TimeSpan.FromSeconds(30), ProgramVersion.Current)));
        Assert.That(nodes.Select(node => node.Description.Id), Is.EqualTo(new[] { "n-1" }));
    }

    [Test]
    public async Task A_node_of_another_version_is_refused()
    {
        var answer = await Host.Client(TokenRole.Worker).SendAsync(Routes.Nodes, FakeCluster.Node("n-1") with { Version = "0.1" });

        Assert.That(answer.StatusCode, Is.EqualTo(HttpStatusCode.Conflict));
        Assert.That(await answer.DetailAsync(), Does.Contain("'0.1'").And.Contain(ProgramVersion.Current));
    }

    [Test]
    public async Task All_faults_of_a_description_are_told_at_once()
    {
        var answer = await Host.Client(TokenRole.Worker).SendAsync(Routes.Nodes, FakeCluster.Node("../n") with { Threads = 0, Drivers = -1, MemoryBytes = -1, Address = "" });

        var errors = (await answer.ReadAsync<System.Text.Json.JsonElement>()).GetProperty("errors");
        Assert.That(errors.GetArrayLength(), Is.EqualTo(5));
    }

    [Test]
    public async Task A_heartbeat_tells_of_lost_leases_and_an_unknown_node_to_register_again()
    {
        Host.Cluster.Grain<INodeGrain>("n-1").On(nameof(INodeGrain.HeartbeatAsync), _ => Task.FromResult(new HeartbeatReply(true, [new ShardKey("a/b", 1)], Drain: true)));
        var heartbeat = new Heartbeat([new HeldLease(new ShardKey("a/b", 1), new LeaseToken(1, 1), "half")], IsDraining: false);

        var known = await (await Host.Client(TokenRole.Worker).SendAsync("/v1/nodes/n-1/heartbeat", heartbeat)).ReadAsync<HeartbeatReply>();
        var unknown = await (await Host.Client(TokenRole.Worker).SendAsync("/v1/nodes/n-2/heartbeat", heartbeat)).ReadAsync<HeartbeatReply>();
        var impossible = await (await Host.Client(TokenRole.Worker).SendAsync("/v1/nodes/%2e%2e%2fx/heartbeat", heartbeat)).ReadAsync<HeartbeatReply>();

        Assert.That((known.IsKnown, known.Lost.Single(), known.Drain), Is.EqualTo((true, new ShardKey("a/b", 1), true)));
        Assert.That((unknown.IsKnown, impossible.IsKnown), Is.EqualTo((false, false)));
    }

    [Test]
    public async Task Only_a_node_that_is_known_can_be_drained()
    {
        var answer = await Host.Client(TokenRole.Admin).PostAsync("/v1/nodes/none/drain", content: null);

        Assert.That(answer.StatusCode, Is.EqualTo(HttpStatusCode.NotFound));
        Assert.That(Host.Cluster.Changes, Is.Empty);
    }
}
