using System.Net;
using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Text.Json;
using Granary.Testing;

namespace Granary.EndToEnd.Tests;

public sealed class ServeTests
{
    private TempFolder _folder = null!;

    [SetUp]
    public void Make_a_folder()
    {
        _folder = new TempFolder();
    }

    [TearDown]
    public void Remove()
    {
        _folder.Dispose();
    }

    [Test]
    public async Task A_coordinator_says_where_it_is_takes_jobs_and_ends_when_it_is_asked_to()
    {
        using var coordinator = Start(out var address);
        using var client = Client(address, AdminToken());

        var submitted = await client.PostAsJsonAsync("/v1/jobs", new { key = "tiny-1", configuration = TinyRun.Yaml });
        var jobs = await client.GetFromJsonAsync<JsonElement>("/v1/jobs");
        coordinator.Terminate();
        var end = coordinator.WaitForEnd();

        Assert.That(submitted.StatusCode, Is.EqualTo(HttpStatusCode.Created), await submitted.Content.ReadAsStringAsync());
        Assert.That(jobs[0].GetProperty("name").GetString(), Is.EqualTo("tiny"));
        Assert.That(end.ExitCode, Is.Zero, end.ToString());
        Assert.That(end.Output, Does.Contain($"dashboard    {address}"));
        Assert.That(end.Error, Does.Contain("Token 'admin' handed in job 'tiny-1' ('run').").And.Not.Contain(AdminToken()));
    }

    [Test]
    public async Task A_coordinator_that_was_killed_knows_its_jobs_again()
    {
        using (var first = Start(out var before))
        {
            using var client = Client(before, AdminToken());
            await client.PostAsJsonAsync("/v1/jobs", new { key = "tiny-1", configuration = TinyRun.Yaml });
            first.Kill();
        }

        using var second = Start(out var address);
        using var again = Client(address, AdminToken());
        var job = await again.GetFromJsonAsync<JsonElement>("/v1/jobs/tiny-1");
        var same = await again.PostAsJsonAsync("/v1/jobs", new { key = "tiny-1", configuration = TinyRun.Yaml });
        var other = await again.PostAsJsonAsync("/v1/jobs", new { key = "tiny-1", configuration = TinyRun.Yaml.Replace("seed: 7", "seed: 8", StringComparison.Ordinal) });

        Assert.That(job.GetProperty("status").GetString(), Is.EqualTo("queued"));
        Assert.That((same.StatusCode, other.StatusCode), Is.EqualTo((HttpStatusCode.OK, HttpStatusCode.Conflict)));
    }

    [Test]
    public async Task Tokens_are_made_listed_and_revoked_while_it_runs()
    {
        using var coordinator = Start(out var address);

        var added = GranaryProcess.Run(_folder.Path, "token", "add", "reader", "--role", "read", "--folder", "cluster", "--expires", "1h");
        using var client = Client(address, added.Output.Trim());
        var valid = await client.GetAsync("/v1/jobs");
        var list = GranaryProcess.Run(_folder.Path, "token", "list", "--folder", "cluster");
        var revoked = GranaryProcess.Run(_folder.Path, "token", "revoke", "reader", "--folder", "cluster");
        var refused = await client.GetAsync("/v1/jobs");

        Assert.That(added.Output, Does.Match("^grn_[A-Za-z0-9_-]{43}\n$"), added.ToString());
        Assert.That((valid.StatusCode, revoked.ExitCode, refused.StatusCode), Is.EqualTo((HttpStatusCode.OK, 0, HttpStatusCode.Unauthorized)));
        Assert.That(list.Lines, Has.Length.EqualTo(2));
        Assert.That(list.Output, Does.Not.Contain("grn_").And.Contain("reader").And.Contain("until"));
    }

    [Test]
    public void A_token_in_a_file_is_for_its_owner_only_and_not_printed()
    {
        var added = GranaryProcess.Run(_folder.Path, "token", "add", "worker", "--role", "worker", "--folder", "cluster", "--output", "worker.token");

        Assert.That((added.ExitCode, added.Output), Is.EqualTo((0, "")), added.ToString());
        Assert.That(File.ReadAllText(_folder["worker.token"]), Does.StartWith("grn_"));
        Assert.That(OperatingSystem.IsWindows() || File.GetUnixFileMode(_folder["worker.token"]) == (UnixFileMode.UserRead | UnixFileMode.UserWrite), Is.True);
    }

    [TestCase("--url http://0.0.0.0:0", "without TLS", Description = "beyond this machine in plain text")]
    [TestCase("--url nowhere", "'nowhere'", Description = "no address")]
    [TestCase("--database postgres:Host=db;Password=secret", "postgres:env:NAME", Description = "a password among the arguments")]
    [TestCase("--database mysql:x", "sqlite:FILE", Description = "a database of no kind")]
    [TestCase("--lease-time soon", "'soon'", Description = "a word for a time")]
    public void What_it_cannot_be_started_with_is_wrong_usage_in_one_sentence(string arguments, string expected)
    {
        var result = GranaryProcess.Run(_folder.Path, ["serve", "--folder", "cluster", .. arguments.Split(' ')]);

        Assert.That(result.ExitCode, Is.EqualTo(2), result.ToString());
        Assert.That(result.Error, Does.Contain(expected).And.Not.Contain("   at ").And.Not.Contain("secret"));
    }

    [Test]
    public void An_address_that_is_taken_is_one_sentence()
    {
        using var first = Start(out var address);

        var second = GranaryProcess.Run(_folder.Path, "serve", "--folder", "other", "--url", address);

        Assert.That(second.ExitCode, Is.EqualTo(1), second.ToString());
        Assert.That(second.ErrorLines, Has.Some.Contains("address already in use"));
        Assert.That(second.Error, Does.Not.Contain("   at "));
    }

    private static HttpClient Client(string address, string token)
    {
        var client = new HttpClient { BaseAddress = new Uri(address) };
        client.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", token);
        return client;
    }

    private GranaryProcess Start(out string address)
    {
        var coordinator = GranaryProcess.Start(_folder.Path, "serve", "--folder", "cluster", "--url", "http://127.0.0.1:0");
        address = coordinator.WaitForLine(line => line.StartsWith("coordinator", StringComparison.Ordinal))?.Split(' ')[^1] ?? coordinator.WaitForEnd().ToString();
        return coordinator;
    }

    private string AdminToken()
    {
        return File.ReadAllText(_folder["cluster", "admin.token"]).Trim();
    }
}
