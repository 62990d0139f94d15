using System.Net.Http.Json;
using Granary.Cluster.Grains;
using Granary.Cluster.Ledger;
using Granary.Cluster.Protocol;

namespace Granary.Cluster.Host.Security.Tests;

/// <summary>What a request may ask for, and for each route that takes a lease's token a request that asks for it.</summary>
internal sealed record PassScopeCase(string Job, ShardKey Shard, LeaseToken Token)
{
    private string Query => $"?id={Uri.EscapeDataString(Shard.Dataset)}";

    /// <summary>What a token of this one must not open: a rank's is for a generation, a holder's for one grant, any other for a job.</summary>
    public IEnumerable<PassScopeCase> OthersFor(PassRole role, string route)
    {
        yield return new PassScopeCase("other", new ShardKey("other/train/2", 1), Token);
        yield return new PassScopeCase($"{Job}er", new ShardKey($"{Job}er/train/2", 1), Token);
        if (role == PassRole.Rank && !route.Contains("{job}", StringComparison.Ordinal))
        {
            yield return this with { Shard = new ShardKey($"{Job}/train/3", 1) };
            yield return this with { Shard = new ShardKey($"{Job}/driver", 0) };
        }

        if (role == PassRole.Holder)
        {
            yield return this with { Shard = Shard with { Index = 0 } };
            yield return this with { Token = Token with { Epoch = 4 } };
            yield return this with { Token = Token with { Incarnation = 4 } };
        }
    }

    /// <summary>A request of the route; a route without one stands here as a fault of the test.</summary>
    public HttpRequestMessage Request(string route)
    {
        object? body = route switch
        {
            "POST /v1/datasets" => new DatasetSpec { Id = Shard.Dataset, Job = Job, Shards = [] },
            "POST /v1/datasets/shards" => new AddRequest("op", Shard.Dataset, []),
            "POST /v1/generations" => new JoinRequest(Shard.Dataset, Token, new GenerationMember(Shard.Index, "node", "10.0.0.1", 4000)),
            "POST /v1/leases/commit" => new CommitRequest("op", Shard, Token, new ShardOutput(null, null, 0)),
            "POST /v1/leases/release" => new ReleaseRequest(Shard, Token, Failure: null),
            "POST /v1/jobs/{job}/search" => new MixtureRound { Round = 0, Done = 0, Running = 0, Failed = 0 },
            "GET /v1/jobs/{job}" or "GET /v1/datasets" or "GET /v1/datasets/shards" or "DELETE /v1/datasets" or "GET /v1/generations" => null,
            _ => throw new NotSupportedException($"'{route}' takes tokens of leases, and no request here asks it for another's."),
        };
        var (method, path) = (route.Split(' ')[0], route.Split(' ')[1].Replace("{job}", Job, StringComparison.Ordinal));
        var request = new HttpRequestMessage(new HttpMethod(method), method == "POST" ? path : path + Query);
        request.Content = body is null ? null : JsonContent.Create(body, body.GetType(), options: WireJson.Options);
        return request;
    }
}
