using System.Net;
using System.Runtime.Versioning;
using Granary.Cluster.Grains;
using Granary.Cluster.Host.Security;
using Granary.Cluster.Host.Tests;
using Granary.Cluster.Ledger;
using Granary.Cluster.Protocol;

namespace Granary.Cluster.Host.Endpoints.Tests;

[UnsupportedOSPlatform("windows")]
public sealed class GenerationEndpointsTests : EndpointFixture
{
    private const string Id = "a/train/1";

    private static readonly GenerationMember Member = new(1, "node", "10.0.0.1", 4000);
    private static readonly JoinRequest Join = new(Id, new LeaseToken(1, 1), Member);

    [Test]
    public async Task A_rank_is_told_of_its_generation()
    {
        object?[]? seen = null;
        var generation = new GenerationSnapshot { Id = Id, Ranks = 1, Members = [Member] };
        Host.Cluster.Grain<IGenerationGrain>(Id).On(nameof(IGenerationGrain.JoinAsync), arguments =>
        {
            seen = arguments;
            return Task.FromResult<GenerationSnapshot?>(generation);
        });

        var reply = await (await Holder().SendAsync($"{Routes.Generations}?wait=3", Join)).ReadAsync<GenerationSnapshot>();

        Assert.That(seen, Is.EqualTo(new object[] { Member, Join.Token, TimeSpan.FromSeconds(3) }));
        Assert.That((reply.IsWhole, reply.Members[0]), Is.EqualTo((true, Member)));
    }

    [Test]
    public async Task A_rank_whose_lease_is_over_is_fenced()
    {
        var answer = await Holder().SendAsync(Routes.Generations, Join);

        Assert.That(answer.StatusCode, Is.EqualTo(HttpStatusCode.Conflict));
        Assert.That(await answer.DetailAsync(), Does.Contain("a/train/1#1").And.Contain("fenced"));
    }

    [Test]
    public async Task A_member_that_nobody_could_reach_is_refused()
    {
        var answer = await Holder().SendAsync(Routes.Generations, Join with { Member = Member with { Port = 0, Address = string.Empty } });

        Assert.That(answer.StatusCode, Is.EqualTo(HttpStatusCode.BadRequest));
    }

    [Test]
    public async Task A_dataset_is_cancelled_by_its_jobs_process_and_not_by_who_reads()
    {
        var reader = await Host.Client(TokenRole.Read).DeleteAsync($"{Routes.Datasets}?id=a%2Ftrain%2F1");
        var driver = await Host.Driver("a").DeleteAsync($"{Routes.Datasets}?id=a%2Ftrain%2F1");

        Assert.That((reader.StatusCode, driver.StatusCode), Is.EqualTo((HttpStatusCode.Forbidden, HttpStatusCode.Accepted)));
        Assert.That(Host.Cluster.Changes, Is.EqualTo(new[] { $"cancel {Id}" }));
    }

    private HttpClient Holder() => Host.Client(PassRole.Holder, "a", new ShardKey(Id, Member.Rank), Join.Token);
}
