using System.Net;
using System.Runtime.Versioning;
using System.Text.RegularExpressions;
using Granary.Cluster.Host.Tests;

namespace Granary.Cluster.Host.Security.Tests;

[UnsupportedOSPlatform("windows")]
public sealed partial class LoginTests
{
    private RunningHost _host = null!;
    private HttpClient _browser = null!;

    [SetUp]
    public async Task StartAsync()
    {
        _host = await RunningHost.StartAsync(limits => limits with { LoginsAMinute = 5 });
        _browser = new HttpClient(new SocketsHttpHandler { AllowAutoRedirect = false, UseCookies = true }) { BaseAddress = _host.Address };
    }

    [TearDown]
    public async Task StopAsync()
    {
        _browser.Dispose();
        await _host.DisposeAsync();
    }

    [Test]
    public async Task A_browser_without_a_session_is_led_to_the_form()
    {
        var answer = await _browser.GetAsync("/");

        Assert.That((answer.StatusCode, answer.Headers.Location!.ToString()), Is.EqualTo((HttpStatusCode.SeeOther, "/login")));
    }

    [Test]
    public async Task A_token_posted_once_opens_a_session_whose_cookie_no_script_and_no_other_site_has()
    {
        var login = await LogInAsync(_host.TokenOf(TokenRole.Read));

        var cookie = login.Headers.GetValues("Set-Cookie").Single(value => value.StartsWith("granary=", StringComparison.Ordinal));
        Assert.That(login.StatusCode, Is.EqualTo(HttpStatusCode.SeeOther));
        Assert.That(cookie, Does.Contain("httponly").And.Contain("samesite=strict").And.Contain("path=/"));
        Assert.That(cookie, Does.Not.Contain(_host.TokenOf(TokenRole.Read)));
        Assert.That((await _browser.GetAsync("/")).StatusCode, Is.EqualTo(HttpStatusCode.OK));
        Assert.That((await _browser.GetAsync("/v1/jobs")).StatusCode, Is.EqualTo(HttpStatusCode.OK));
    }

    [Test]
    public async Task A_session_changes_nothing_whatever_its_token_may()
    {
        await LogInAsync(_host.TokenOf(TokenRole.Admin));

        var answer = await _browser.DeleteAsync("/v1/jobs/a");

        Assert.That(answer.StatusCode, Is.EqualTo(HttpStatusCode.Unauthorized));
    }

    [Test]
    public async Task A_wrong_token_beside_a_session_is_refused()
    {
        await LogInAsync(_host.TokenOf(TokenRole.Admin));
        _browser.DefaultRequestHeaders.Add("Authorization", "Bearer grn_wrong");

        Assert.That((await _browser.GetAsync("/v1/jobs")).StatusCode, Is.EqualTo(HttpStatusCode.Unauthorized));
    }

    [Test]
    public async Task A_session_ends_with_its_token()
    {
        await LogInAsync(_host.TokenOf(TokenRole.Read));

        _host.Tokens.Revoke("the-Read");

        Assert.That((await _browser.GetAsync("/v1/jobs")).StatusCode, Is.EqualTo(HttpStatusCode.Unauthorized));
    }

    [Test]
    public async Task A_session_ends_after_its_time_and_when_it_is_closed()
    {
        await LogInAsync(_host.TokenOf(TokenRole.Read));
        _host.Clock.Advance(BrowserSessions.Lifetime);
        var late = await _browser.GetAsync("/v1/jobs");
        await LogInAsync(_host.TokenOf(TokenRole.Read));
        await _browser.PostAsync("/logout", content: null);
        var closed = await _browser.GetAsync("/v1/jobs");

        Assert.That((late.StatusCode, closed.StatusCode), Is.EqualTo((HttpStatusCode.Unauthorized, HttpStatusCode.Unauthorized)));
    }

    [Test]
    public async Task A_form_that_is_not_ours_is_refused_with_a_valid_token()
    {
        var without = await PostAsync(("token", _host.TokenOf(TokenRole.Read)));
        await SealAsync();
        var other = await PostAsync(("token", _host.TokenOf(TokenRole.Read)), ("seal", new string('0', 64)));

        Assert.That((without.StatusCode, other.StatusCode), Is.EqualTo((HttpStatusCode.BadRequest, HttpStatusCode.BadRequest)));
    }

    [Test]
    public async Task A_workers_token_opens_no_page()
    {
        var answer = await LogInAsync(_host.TokenOf(TokenRole.Worker));

        Assert.That(answer.StatusCode, Is.EqualTo(HttpStatusCode.Unauthorized));
        Assert.That(await answer.Content.ReadAsStringAsync(), Does.Contain("no valid token"));
    }

    [Test]
    public async Task Who_tries_too_often_has_to_wait()
    {
        for (var tries = 0; tries < 5; tries++)
        {
            await LogInAsync("grn_wrong");
        }

        var answer = await LogInAsync(_host.TokenOf(TokenRole.Read));

        Assert.That(answer.StatusCode, Is.EqualTo(HttpStatusCode.TooManyRequests));
    }

    [Test]
    public async Task Every_answer_forbids_what_no_page_here_needs()
    {
        string[] paths = ["/", "/login", "/healthz", "/v1/jobs", "/nothing", "/dashboard.css"];

        foreach (var path in paths)
        {
            var headers = (await _browser.GetAsync(path)).Headers;
            Assert.That(headers.GetValues("Content-Security-Policy").Single(), Does.StartWith("default-src 'self'; object-src 'none'; base-uri 'none'; frame-ancestors 'none'"), path);
            Assert.That(headers.GetValues("X-Content-Type-Options"), Is.EqualTo(new[] { "nosniff" }), path);
            Assert.That(headers.Contains("Access-Control-Allow-Origin"), Is.False, path);
            Assert.That(headers.Contains("Server"), Is.False, path);
        }
    }

    private async Task<HttpResponseMessage> LogInAsync(string token)
    {
        return await PostAsync(("token", token), ("seal", await SealAsync()));
    }

    private async Task<string> SealAsync()
    {
        return Seal().Match(await _browser.GetStringAsync("/login")).Groups[1].Value;
    }

    private Task<HttpResponseMessage> PostAsync(params (string Name, string Value)[] fields)
    {
        return _browser.PostAsync("/login", new FormUrlEncodedContent(fields.Select(field => KeyValuePair.Create(field.Name, field.Value))));
    }

    [GeneratedRegex("name=\"seal\" type=\"hidden\" value=\"([0-9a-f]{64})\"")]
    private static partial Regex Seal();
}
