using System.Net;
using System.Runtime.Versioning;
using System.Text;
using System.Text.Json;
using Granary.Cluster.Host.Tests;
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
        string?[] tokens = [null, "", "x", "grn_", TokenText.Create(), revoked, expired, _host.TokenOf(TokenRole.Admin)[..^1], _host.TokenOf(TokenRole.Admin).ToUpperInvariant()];
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
        var clients = Enum.GetValues<TokenRole>().ToDictionary(role => role, _host.Client);
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
                    faults.Add($"{name} as {role} gave {answer.StatusCode}");
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

    private static string? PolicyOf(Endpoint endpoint)
    {
        return endpoint.Metadata.GetMetadata<IAuthorizeData>()?.Policy is { } policy && Policies.Roles.ContainsKey(policy) ? policy : null;
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
