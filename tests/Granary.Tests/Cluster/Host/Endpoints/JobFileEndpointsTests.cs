using System.Net.ServerSentEvents;
using System.Runtime.Versioning;
using Granary.Cluster.Host.Security;
using Granary.Cluster.Host.Tests;

namespace Granary.Cluster.Host.Endpoints.Tests;

[UnsupportedOSPlatform("windows")]
public sealed class JobFileEndpointsTests
{
    private const string Events = "jobs/a/runs/tiny/events.jsonl";
    private const string Log = "logs/a/driver/driver.log";

    private RunningHost _host = null!;

    [SetUp]
    public async Task StartAsync()
    {
        _host = await RunningHost.StartAsync();
        _host.Cluster.Jobs["a"] = FakeCluster.Job("a");
    }

    [TearDown]
    public async Task StopAsync()
    {
        await _host.DisposeAsync();
    }

    [Test]
    public async Task Events_come_with_their_lines_numbers_and_as_they_are_written()
    {
        var path = _host.Write(Events, "{\"kind\":\"step\",\"step\":1}\n");
        await using var stream = await (await OpenAsync("/v1/jobs/a/events")).Content.ReadAsStreamAsync();
        await using var items = SseParser.Create(stream).EnumerateAsync().GetAsyncEnumerator();

        var begin = await NextAsync(items);
        var first = await NextAsync(items);
        await _host.Clock.WhenTimerAsync(TimeSpan.FromMilliseconds(500));
        await File.AppendAllTextAsync(path, "{\"kind\":\"step\",\"step\":2}\n");
        _host.Clock.Advance(TimeSpan.FromMilliseconds(500));
        var second = await NextAsync(items);

        Assert.That(begin.EventType, Is.EqualTo("begin"));
        Assert.That((first.EventId, first.Data), Is.EqualTo(("1", "{\"kind\":\"step\",\"step\":1}")));
        Assert.That((second.EventId, second.Data), Is.EqualTo(("2", "{\"kind\":\"step\",\"step\":2}")));
    }

    [TestCase(null, "?from=1", "2", Description = "the address says it")]
    [TestCase("2", "?from=1", "3", Description = "the header outweighs it, as a browser repeats the address")]
    public async Task Events_go_on_behind_what_was_seen(string? header, string query, string expected)
    {
        _host.Write(Events, "{}\n{}\n{}\n");
        await using var stream = await (await OpenAsync($"/v1/jobs/a/events{query}", header)).Content.ReadAsStreamAsync();
        await using var items = SseParser.Create(stream).EnumerateAsync().GetAsyncEnumerator();

        await NextAsync(items);
        var first = await NextAsync(items);

        Assert.That(first.EventId, Is.EqualTo(expected));
    }

    [Test]
    public async Task A_stream_that_waits_for_a_run_ends_with_the_coordinator()
    {
        await using var stream = await (await OpenAsync("/v1/jobs/a/events")).Content.ReadAsStreamAsync();
        await using var items = SseParser.Create(stream).EnumerateAsync().GetAsyncEnumerator();
        await NextAsync(items);

        await _host.StopAsync();

        Assert.That(await items.MoveNextAsync(), Is.False);
    }

    [Test]
    public async Task A_log_is_an_attachment_of_plain_text_without_what_a_terminal_obeys()
    {
        _host.Write(Log, "step 1\n\u001b[31mstep\u001b[0m 2\rx\n<script>alert(1)</script>\nhalf");

        var answer = await _host.Client(TokenRole.Read).GetAsync("/v1/jobs/a/log?from=7");

        Assert.That(await answer.Content.ReadAsStringAsync(), Is.EqualTo("step 2x\n<script>alert(1)</script>\nhalf"));
        Assert.That(answer.Content.Headers.ContentType!.MediaType, Is.EqualTo("text/plain"));
        Assert.That(answer.Content.Headers.ContentDisposition!.DispositionType, Is.EqualTo("attachment"));
        Assert.That(answer.Headers.GetValues("X-Content-Type-Options"), Is.EqualTo(new[] { "nosniff" }));
    }

    [Test]
    public async Task A_log_comes_whole_and_goes_on_where_its_header_says()
    {
        var path = _host.Write(Log, string.Concat(Enumerable.Range(0, 300_000).Select(number => $"\u001b[1mline {number}\n"))); // 5 MB, in pieces
        var client = _host.Client(TokenRole.Read);

        var first = await client.GetAsync("/v1/jobs/a/log");
        await File.AppendAllTextAsync(path, "later");
        var next = await client.GetAsync($"/v1/jobs/a/log?from={first.Headers.GetValues("Granary-Next").Single()}");

        Assert.That(await first.Content.ReadAsStringAsync(), Is.EqualTo(string.Concat(Enumerable.Range(0, 300_000).Select(number => $"line {number}\n"))));
        Assert.That(await next.Content.ReadAsStringAsync(), Is.EqualTo("later"));
    }

    [TestCase("whole\n", 0, 6, Description = "all of it is whole")]
    [TestCase("whole\nha\u001b[", 0, 6, Description = "a line within an escape sequence")]
    [TestCase("ha", 0, 0, Description = "not one line")]
    [TestCase("one\ntwo", 4, 4, Description = "nothing whole behind where it was asked for")]
    [TestCase("one\n", 100, 4, Description = "asked for behind its end, as after it was made anew")]
    public async Task A_log_goes_on_behind_its_last_whole_line(string text, long from, long next)
    {
        _host.Write(Log, text);

        var answer = await _host.Client(TokenRole.Read).GetAsync($"/v1/jobs/a/log?from={from}");

        Assert.That(answer.Headers.GetValues("Granary-Next").Single(), Is.EqualTo($"{next}"));
    }

    [Test]
    public async Task A_last_line_that_is_longer_than_what_is_looked_at_in_one_go_is_found_to_its_beginning()
    {
        _host.Write(Log, $"one\n{new string('x', 300_000)}");

        var answer = await _host.Client(TokenRole.Read).GetAsync("/v1/jobs/a/log");

        Assert.That(answer.Headers.GetValues("Granary-Next").Single(), Is.EqualTo("4"));
    }

    [Test]
    public async Task A_job_without_a_log_has_an_empty_one()
    {
        var answer = await _host.Client(TokenRole.Read).GetAsync("/v1/jobs/a/log?from=100");

        Assert.That((await answer.Content.ReadAsStringAsync(), answer.Headers.GetValues("Granary-Next").Single()), Is.EqualTo(("", "0")));
    }

    [Test]
    public async Task No_name_of_a_job_leads_to_another_file()
    {
        _host.Write("secret", "secret");
        string[] names = ["..", "%2e%2e", "..%2f..", "%252e%252e%252f", "a%2f..%2f..", "a%00", "a%5c..", "%2fetc%2fpasswd", "a/../..", ".", "a%2e%2e%2f"];

        var faults = new List<string>();
        foreach (var path in names.SelectMany(name => (string[])[$"/v1/jobs/{name}/log", $"/v1/jobs/{name}/events"]))
        {
            var answer = await OpenAsync(path);
            if ((int)answer.StatusCode is < 400 or >= 500)
            {
                faults.Add($"{path} gave {answer.StatusCode}");
            }
        }

        Assert.That(faults, Is.Empty);
    }

    [Test]
    public async Task A_runs_name_that_is_a_path_leads_nowhere()
    {
        _host.Cluster.Jobs["a"] = FakeCluster.Job("a", name: "../../../secret");
        _host.Write("secret/events.jsonl", "{}\n");
        await using var stream = await (await OpenAsync("/v1/jobs/a/events")).Content.ReadAsStreamAsync();
        await using var items = SseParser.Create(stream).EnumerateAsync().GetAsyncEnumerator();
        await NextAsync(items);

        // It waits for a file to come, and none does.
        await _host.Clock.WhenTimerAsync(TimeSpan.FromMilliseconds(500));
        await _host.StopAsync();

        Assert.That(await items.MoveNextAsync(), Is.False);
    }

    private static async Task<SseItem<string>> NextAsync(IAsyncEnumerator<SseItem<string>> items)
    {
        Assert.That(await items.MoveNextAsync(), Is.True);
        return items.Current;
    }

    private Task<HttpResponseMessage> OpenAsync(string path, string? lastId = null)
    {
        var request = new HttpRequestMessage(HttpMethod.Get, path);
        if (lastId is not null)
        {
            request.Headers.Add("Last-Event-ID", lastId);
        }

        return _host.Client(TokenRole.Read).SendAsync(request, HttpCompletionOption.ResponseHeadersRead);
    }
}
