using System.Net;
using System.Runtime.Versioning;
using System.Text;
using System.Text.Json;
using Granary.Cluster.Host.Tests;
using Granary.Cluster.Ledger;
using Granary.Testing;
using Microsoft.AspNetCore.Authorization;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;

namespace Granary.Cluster.Host.Security.Tests;

/// <summary>Who may call what, read from the routes themselves, so that a route nobody has thought of fails here.</summary>
[UnsupportedOSPlatform("windows")]
public sealed class AuthorizationMatrixTests
{
    // What is open says nothing, or asks for a token.
    private static readonly string[] Open = ["GET /healthz", "GET /login", "POST /login", "POST /logout", "GET /dashboard.css"];

    private RunningHost _host = null!;

    [OneTimeSetUp]
    public async Task StartAsync()
    {
        _host = await RunningHost.StartAsync(limits => limits with { LoginsAMinute = 1_000 });
    }

    [OneTimeTearDown]
    public async Task StopAsync()
    {
        await _host.DisposeAsync();
    }

    [Test]
    public void Every_route_names_a_policy_that_there_is_or_stands_in_the_list_of_open_ones()
    {
        var faults = Endpoints().Where(route => !Open.Contains(route.Name) && PolicyOf(route.Endpoint) is not { } policy).Select(route => route.Name);
        var open = Endpoints().Where(route => route.Endpoint.Metadata.GetMetadata<IAllowAnonymous>() is not null).Select(route => route.Name);

        Assert.That(faults, Is.Empty);
        Assert.That(open, Is.EquivalentTo(Open));
    }

    [Test]
    public async Task Without_a_valid_token_no_route_opens()
    {
        var revoked = _host.Tokens.Add("revoked", TokenRole.Admin, lifetime: null);
        _host.Tokens.Revoke("revoked");
        var expired = _host.Tokens.Add("expired", TokenRole.Admin, TimeSpan.FromTicks(1));
        _host.Clock.Advance(TimeSpan.FromSeconds(1));
        string?[] tokens = [null, "", "x", "grn_", TokenText.Create(), revoked, expired, _host.TokenOf(TokenRole.Admin)[..^1], _host.TokenOf(TokenRole.Admin).ToUpperInvariant(), .. Forged()];
        var clients = tokens.Select(token => (token, _host.ClientWith(token))).ToList();

        var faults = new List<string>();
        foreach (var (name, _) in Endpoints().Where(route => !Open.Contains(route.Name)))
        {
            foreach (var (token, client) in clients)
            {
                var answer = await SendAsync(client, name);
                var isLogin = name == "GET /" && answer.StatusCode == HttpStatusCode.SeeOther && token is null;
                if (answer.StatusCode != HttpStatusCode.Unauthorized && !isLogin)
                {
                    faults.Add($"{name} with '{token}' gave {answer.StatusCode}");
                }
            }
        }

        Assert.That(faults, Is.Empty);
    }

    [Test]
    public async Task A_token_opens_the_routes_of_its_role_and_no_other()
    {
        var clients = Enum.GetValues<TokenRole>().ToDictionary(role => Policies.WordOf(role), _host.Client);
        foreach (var role in Enum.GetValues<PassRole>())
        {
            clients.Add(Policies.WordOf(role), _host.Client(role, "none", new ShardKey("none/a", 0), new LeaseToken(1, 1)));
        }

        var faults = new List<string>();
        foreach (var (name, endpoint) in Endpoints().Where(route => !Open.Contains(route.Name)))
        {
            var roles = Policies.Roles[PolicyOf(endpoint)!];
            foreach (var (role, client) in clients)
            {
                var answer = await SendAsync(client, name);
                var isOpen = answer.StatusCode is not (HttpStatusCode.Unauthorized or HttpStatusCode.Forbidden);
                if (isOpen != roles.Contains(role))
                {
                    faults.Add($"{name} as '{role}' gave {answer.StatusCode}");
                }
            }
        }

        Assert.That(faults, Is.Empty);
    }

    [Test]
    public async Task A_refusal_says_which_role_the_token_has_and_which_would_do()
    {
        var answer = await SendAsync(_host.Client(TokenRole.Read), "POST /v1/jobs");

        var problem = JsonDocument.Parse(await answer.Content.ReadAsStringAsync()).RootElement;
        Assert.That(answer.Content.Headers.ContentType!.MediaType, Is.EqualTo("application/problem+json"));
        Assert.That(problem.GetProperty("detail").GetString(), Is.EqualTo("The token 'the-Read' has the role 'read', but this takes one of: 'admin', 'submit'. Use another token."));
    }

    [Test]
    public async Task A_worker_sees_no_metrics_and_a_reader_takes_no_lease()
    {
        var metrics = await SendAsync(_host.Client(TokenRole.Worker), "GET /metrics");
        var lease = await SendAsync(_host.Client(TokenRole.Read), "POST /v1/leases");

        Assert.That((metrics.StatusCode, lease.StatusCode), Is.EqualTo((HttpStatusCode.Forbidden, HttpStatusCode.Forbidden)));
    }

    [Test]
    public async Task What_no_route_takes_is_told_only_to_who_has_a_token()
    {
        var stranger = await SendAsync(_host.ClientWith(null), "GET /v2/jobs");
        var reader = await SendAsync(_host.Client(TokenRole.Read), "GET /v2/jobs");

        var method = await SendAsync(_host.Client(TokenRole.Read), "PUT /v1/jobs");

        Assert.That((stranger.StatusCode, reader.StatusCode, method.StatusCode), Is.EqualTo((HttpStatusCode.Unauthorized, HttpStatusCode.NotFound, HttpStatusCode.MethodNotAllowed)));
        Assert.That(await method.DetailAsync(), Is.EqualTo("'/v1/jobs' does not take PUT but GET, POST."));
    }

    [Test]
    public async Task A_token_of_one_lease_opens_nothing_of_another_job_generation_or_lease()
    {
        var own = new PassScopeCase("own", new ShardKey("own/train/2", 1), new LeaseToken(5, 3));
        var faults = new List<string>();
        foreach (var (name, endpoint) in Endpoints().Where(route => !Open.Contains(route.Name)))
        {
            foreach (var role in Enum.GetValues<PassRole>().Where(role => Policies.Roles[PolicyOf(endpoint)!].Contains(Policies.WordOf(role))))
            {
                var client = _host.Client(role, own.Job, own.Shard, own.Token);
                var isRefused = new Dictionary<PassScopeCase, bool> { [own] = false };
                own.OthersFor(role, name).ToList().ForEach(other => isRefused.Add(other, true));
                foreach (var (asked, expected) in isRefused)
                {
                    var answer = await client.SendAsync(asked.Request(name));
                    if (answer.StatusCode == HttpStatusCode.Unauthorized || (answer.StatusCode == HttpStatusCode.Forbidden) != expected)
                    {
                        faults.Add($"{name} as '{role}' of {own} asking for {asked} gave {answer.StatusCode}");
                    }
                }
            }
        }

        Assert.That(faults, Is.Empty);
    }

    [Test]
    public async Task A_token_of_a_lease_ends_with_the_lease_and_with_the_token_that_took_it()
    {
        await using var host = await RunningHost.StartAsync();
        var (shard, token) = (new ShardKey("a/driver", 0), new LeaseToken(1, 1));
        var ending = host.Tokens.Add("ending", TokenRole.Worker, TimeSpan.FromMinutes(1));
        var ofEnding = host.Services.GetRequiredService<PassSeal>().Make(new Pass(PassRole.Driver, TokenText.HashText(ending), "a", shard, token));
        var held = new HashSet<LeaseToken> { token };
        host.Cluster.Ledger.On(nameof(IClusterLedger.HoldsAsync), arguments => Task.FromResult((ShardKey)arguments[0]! == shard && held.Contains((LeaseToken)arguments[1]!)));
        host.Cluster.Jobs["a"] = FakeCluster.Job("a");

        var both = (await StatusAsync(host.PassOf(PassRole.Driver, "a", shard, token)), await StatusAsync(ofEnding));
        host.Clock.Advance(TimeSpan.FromMinutes(1));
        var parentOver = (await StatusAsync(host.PassOf(PassRole.Driver, "a", shard, token)), await StatusAsync(ofEnding));
        held.Clear();
        var leaseOver = await host.Driver("a").GetAsync("/v1/jobs/a");

        Assert.That(both, Is.EqualTo((HttpStatusCode.OK, HttpStatusCode.OK)));
        Assert.That(parentOver, Is.EqualTo((HttpStatusCode.OK, HttpStatusCode.Unauthorized)));
        Assert.That(leaseOver.StatusCode, Is.EqualTo(HttpStatusCode.Unauthorized));
        Assert.That(await leaseOver.DetailAsync(), Does.StartWith("The lease that this token was made for is over"));

        async Task<HttpStatusCode> StatusAsync(string bearer) => (await host.ClientWith(bearer).GetAsync("/v1/jobs/a")).StatusCode;
    }

    private static string? PolicyOf(Endpoint endpoint)
    {
        return endpoint.Metadata.GetMetadata<IAuthorizeData>()?.Policy is { } policy && Policies.Roles.ContainsKey(policy) ? policy : null;
    }

    // Passes that this coordinator did not make: changed ones, one of another key, and one of no token.
    private IEnumerable<string> Forged()
    {
        var pass = _host.PassOf(PassRole.Driver, "none", new ShardKey("none/driver", 0), new LeaseToken(1, 1));
        var other = _host.PassOf(PassRole.Driver, "other", new ShardKey("none/driver", 0), new LeaseToken(1, 1));
        using var folder = new TempFolder();
        var stranger = new PassSeal(new TokenFile(folder["tokens.json"], _host.Clock));
        var seal = _host.Services.GetRequiredService<PassSeal>();
        var claims = seal.Read(pass)!;
        return
        [
            PassSeal.Prefix, $"{PassSeal.Prefix}.", pass[..^1], pass[..pass.IndexOf('.')], $"{pass}.", $"{other.Split('.')[0]}.{pass.Split('.')[1]}", pass.ToUpperInvariant(),
            stranger.Make(claims), seal.Make(claims with { Parent = TokenText.HashText(TokenText.Create()) }),
        ];
    }

    private static Task<HttpResponseMessage> SendAsync(HttpClient client, string name)
    {
        var (method, path) = (name.Split(' ')[0], name.Split(' ')[1]);
        path = path.Replace("{job}", "none", StringComparison.Ordinal).Replace("{node}", "none", StringComparison.Ordinal);
        var request = new HttpRequestMessage(new HttpMethod(method), path);
        if (method == "POST")
        {
            request.Content = new StringContent("{}", Encoding.UTF8, "application/json");
        }

        return client.SendAsync(request, HttpCompletionOption.ResponseHeadersRead);
    }

    private IEnumerable<(string Name, Endpoint Endpoint)> Endpoints()
    {
        return
            from endpoint in _host.Services.GetRequiredService<EndpointDataSource>().Endpoints.OfType<RouteEndpoint>()
            from method in endpoint.Metadata.GetMetadata<IHttpMethodMetadata>()?.HttpMethods ?? ["GET"]
            select ($"{method} {endpoint.RoutePattern.RawText}", (Endpoint)endpoint);
    }
}
