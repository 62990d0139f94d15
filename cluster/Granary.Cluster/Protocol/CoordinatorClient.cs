using System.Net;
using System.Net.Http.Json;
using System.Text.Json;
using Granary.Cluster.Generations;
using Granary.Cluster.Grains;
using Granary.Cluster.Ledger;

namespace Granary.Cluster.Protocol;

/// <summary>
/// The coordinator's HTTP interface, as calls. A call is made again while the coordinator does not answer, with the operation's
/// id that it has, so that it takes effect once; what is refused is thrown with the coordinator's own sentence.
/// </summary>
public sealed partial class CoordinatorClient : IDisposable, IGenerationCoordinator
{
    private readonly ResilientHttp _http;

    /// <summary>Creates the client; nothing is sent yet.</summary>
    public CoordinatorClient(CoordinatorOptions options, TimeProvider time, HttpMessageHandler? handler = null)
    {
        // Connections are renewed, so that a coordinator which has moved behind its name is found.
        _http = new ResilientHttp(options, time, handler ?? new SocketsHttpHandler { PooledConnectionLifetime = TimeSpan.FromMinutes(5), ConnectTimeout = TimeSpan.FromSeconds(5) });
    }

    /// <summary>Makes a node known.</summary>
    public Task<RegistrationReply> RegisterAsync(NodeDescription node, CancellationToken cancellationToken)
    {
        return PostAsync<RegistrationReply>(Routes.Nodes, node, cancellationToken);
    }

    /// <summary>Lengthens a node's leases, and tells which ones are lost.</summary>
    public async Task<HeartbeatAnswer> HeartbeatAsync(string node, Heartbeat heartbeat, CancellationToken cancellationToken)
    {
        var (response, askedAt) = await AskAsync(HttpMethod.Post, $"{Routes.Nodes}/{Uri.EscapeDataString(node)}/heartbeat", heartbeat, TimeSpan.Zero, cancellationToken);
        return new HeartbeatAnswer(await ReadAsync<HeartbeatReply>(response, cancellationToken), askedAt);
    }

    /// <summary>Asks a node to take no more work.</summary>
    public Task DrainAsync(string node, CancellationToken cancellationToken)
    {
        return AskAsync(HttpMethod.Post, $"{Routes.Nodes}/{Uri.EscapeDataString(node)}/drain", body: null, TimeSpan.Zero, cancellationToken);
    }

    /// <summary>The nodes.</summary>
    public Task<IReadOnlyList<NodeSnapshot>> ListNodesAsync(CancellationToken cancellationToken)
    {
        return GetAsync<IReadOnlyList<NodeSnapshot>>(Routes.Nodes, TimeSpan.Zero, cancellationToken);
    }

    /// <summary>The next shard for a node; null where none came up within the wait.</summary>
    public async Task<LeaseGrant?> LeaseAsync(NodeOffer offer, TimeSpan wait, CancellationToken cancellationToken)
    {
        var (response, askedAt) = await AskAsync(HttpMethod.Post, $"{Routes.Leases}?wait={Seconds(wait)}", offer, wait, cancellationToken);
        if (response.StatusCode == HttpStatusCode.NoContent)
        {
            return null;
        }

        var granted = await ReadAsync<LeaseReply>(response, cancellationToken);
        return new LeaseGrant(granted.Lease, granted.Keys, askedAt);
    }

    /// <summary>Makes a shard done, as the lease's holder; false where the token is not the shard's any more.</summary>
    public Task<bool> CommitAsync(CommitRequest commit, LeaseKeys keys, CancellationToken cancellationToken)
    {
        return TryPostAsync(Routes.Commit, commit, keys, cancellationToken);
    }

    /// <summary>Gives a lease back, as its holder; false where the token is not the shard's any more.</summary>
    public Task<bool> ReleaseAsync(ReleaseRequest release, LeaseKeys keys, CancellationToken cancellationToken)
    {
        return TryPostAsync(Routes.Release, release, keys, cancellationToken);
    }

    /// <summary>Makes a dataset; the same one again does nothing.</summary>
    public Task CreateAsync(DatasetSpec dataset, CancellationToken cancellationToken)
    {
        return AskAsync(HttpMethod.Post, Routes.Datasets, dataset, TimeSpan.Zero, cancellationToken);
    }

    /// <summary>Adds shards to a dataset, and gives the first one's index.</summary>
    public async Task<int> AddAsync(AddRequest add, CancellationToken cancellationToken)
    {
        return (await PostAsync<AddReply>(Routes.Shards, add, cancellationToken)).First;
    }

    /// <summary>Where a dataset stands, once it is of a later version than <paramref name="after"/>, or after the wait.</summary>
    public Task<DatasetSnapshot> WaitAsync(string dataset, long after, TimeSpan wait, CancellationToken cancellationToken)
    {
        return GetAsync<DatasetSnapshot>(FormattableString.Invariant($"{Routes.Datasets}?id={Uri.EscapeDataString(dataset)}&after={after}&wait={Seconds(wait)}"), wait, cancellationToken);
    }

    /// <summary>Shards of a dataset in their order, from an index on.</summary>
    public Task<IReadOnlyList<ShardRow>> ListShardsAsync(string dataset, int from, int count, CancellationToken cancellationToken)
    {
        return GetAsync<IReadOnlyList<ShardRow>>(FormattableString.Invariant($"{Routes.Shards}?id={Uri.EscapeDataString(dataset)}&from={from}&count={count}"), TimeSpan.Zero, cancellationToken);
    }

    /// <summary>The queue.</summary>
    public Task<QueueSnapshot> QueueAsync(CancellationToken cancellationToken)
    {
        return GetAsync<QueueSnapshot>(Routes.Queue, TimeSpan.Zero, cancellationToken);
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _http.Dispose();
    }

    private static string Seconds(TimeSpan wait)
    {
        return FormattableString.Invariant($"{wait.TotalSeconds:0.###}");
    }

    private static async Task<T> ReadAsync<T>(HttpResponseMessage response, CancellationToken cancellationToken)
    {
        try
        {
            return await response.Content.ReadFromJsonAsync<T>(WireJson.Options, cancellationToken) ?? throw new JsonException("The answer is null.");
        }
        catch (Exception exception) when (exception is JsonException or NotSupportedException)
        {
            throw new CoordinatorException($"The coordinator's answer to '{response.RequestMessage?.RequestUri?.AbsolutePath}' cannot be read: {exception.Message} See whether it is a coordinator of this version.", response.StatusCode, exception);
        }
    }

    private static async Task<CoordinatorException> RefusalAsync(HttpResponseMessage response, CancellationToken cancellationToken)
    {
        var sentence = $"The coordinator answered '{(int)response.StatusCode}' to '{response.RequestMessage?.RequestUri?.AbsolutePath}'.";
        try
        {
            using var problem = await JsonDocument.ParseAsync(await response.Content.ReadAsStreamAsync(cancellationToken), cancellationToken: cancellationToken);
            sentence = TextOf(problem.RootElement, "detail") ?? TextOf(problem.RootElement, "title") ?? sentence;
        }
        catch (JsonException)
        {
            // No problem+json: something between here and the coordinator has answered, whose status is all that is known.
        }

        return new CoordinatorException(sentence, response.StatusCode);
    }

    private static string? TextOf(JsonElement problem, string name)
    {
        return problem.ValueKind == JsonValueKind.Object && problem.TryGetProperty(name, out var value) && value.ValueKind == JsonValueKind.String ? value.GetString() : null;
    }

    private async Task<(HttpResponseMessage Response, long AskedAt)> AskAsync(HttpMethod method, string path, object? body, TimeSpan wait, CancellationToken cancellationToken, string? token = null)
    {
        var (response, askedAt) = await _http.SendAsync(method, path, body, wait, cancellationToken, token);
        return response.IsSuccessStatusCode ? (response, askedAt) : throw await RefusalAsync(response, cancellationToken);
    }

    private async Task<T> GetAsync<T>(string path, TimeSpan wait, CancellationToken cancellationToken)
    {
        var (response, _) = await AskAsync(HttpMethod.Get, path, body: null, wait, cancellationToken);
        return await ReadAsync<T>(response, cancellationToken);
    }

    private async Task<T> PostAsync<T>(string path, object body, CancellationToken cancellationToken)
    {
        var (response, _) = await AskAsync(HttpMethod.Post, path, body, TimeSpan.Zero, cancellationToken);
        return await ReadAsync<T>(response, cancellationToken);
    }

    private async Task<bool> TryPostAsync(string path, object body, LeaseKeys keys, CancellationToken cancellationToken)
    {
        try
        {
            await AskAsync(HttpMethod.Post, path, body, TimeSpan.Zero, cancellationToken, keys.Holder);
            return true;
        }
        catch (CoordinatorException exception) when (exception.Status == HttpStatusCode.Conflict)
        {
            return false;
        }
    }
}
