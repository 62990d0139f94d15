using System.Runtime.Versioning;
using System.Text.Json;
using Granary.Cluster.Grains;
using Granary.Cluster.Host.Security;
using Granary.Cluster.Host.Tests;
using Granary.Cluster.Ledger;

namespace Granary.Cluster.Host.Dashboard.Tests;

/// <summary>The page as a browser shows it, after a login as people do it.</summary>
[UnsupportedOSPlatform("windows")]
public sealed class DashboardTests
{
    private RunningHost _host = null!;
    private Chromium _browser = null!;

    [SetUp]
    public async Task StartAsync()
    {
        _host = await RunningHost.StartAsync(limits => limits with { LoginsAMinute = 100 });
        _browser = await Chromium.StartAsync();
    }

    [TearDown]
    public async Task StopAsync()
    {
        if (_browser is not null)
        {
            await _browser.DisposeAsync();
        }

        await _host.DisposeAsync();
    }

    [Test]
    public async Task The_page_shows_jobs_nodes_shards_and_a_loss_that_grows()
    {
        Fill();
        var events = _host.Write("jobs/a/runs/tiny/events.jsonl", Step(1, 5.5) + Step(2, 5.0) + "{\"kind\":\"evaluation\",\"step\":2,\"loss\":5.2}\n");
        await LogInAsync();

        await _browser.WaitForAsync("document.querySelectorAll('.cell').length === 3 && document.querySelector('polyline.step')?.points.length === 2");
        var jobs = await TextsAsync("#jobs tbody tr:first-child td");
        var nodes = await TextsAsync("#nodes tbody td");
        var cells = await _browser.EvaluateAsync("[...document.querySelectorAll('.cell')].map(cell => cell.className)");
        await _host.Clock.WhenTimerAsync(TimeSpan.FromMilliseconds(500));
        await File.AppendAllTextAsync(events, Step(3, 4.5));
        _host.Clock.Advance(TimeSpan.FromMilliseconds(500));
        await _browser.WaitForAsync("document.querySelector('polyline.step').points.length === 3");

        Assert.That(jobs.Take(5), Is.EqualTo(new[] { "a", "tiny", "run", "running", "1 of 3 shards" }));
        Assert.That(nodes.Take(5), Is.EqualTo(new[] { "n", "alive", "2", "", "a/tokens #1: half" }));
        Assert.That(cells!.Deserialize<string[]>(), Is.EqualTo(new[] { "cell done", "cell leased", "cell free" }));
        Assert.That(await TextsAsync("#standing"), Is.EqualTo(new[] { "1 of 1 jobs run, 1 of 1 nodes live, 1 datasets are worked on" }));
        Assert.That(_browser.Offences, Is.Empty);
    }

    [Test]
    public async Task A_run_that_went_back_draws_its_curve_anew()
    {
        Fill();
        var events = _host.Write("jobs/a/runs/tiny/events.jsonl", Step(1, 5.5) + Step(2, 5.0) + Step(3, 4.5));
        await LogInAsync();
        await _browser.WaitForAsync("document.querySelector('polyline.step')?.points.length === 3");
        await _host.Clock.WhenTimerAsync(TimeSpan.FromMilliseconds(500));

        await File.WriteAllTextAsync(events, Step(1, 5.5));
        _host.Clock.Advance(TimeSpan.FromMilliseconds(500));
        await _browser.WaitForAsync("document.querySelector('polyline.step').points.length === 1");
    }

    [Test]
    public async Task No_name_is_ever_markup_or_script()
    {
        var payloads = Payloads().ToList();
        foreach (var (index, payload) in payloads.Index())
        {
            var job = FakeCluster.Job($"job-{index:D3}-{payload}", payload, index == 0 ? JobStatus.Running : JobStatus.Failed);
            _host.Cluster.Jobs[job.Id] = job with { Command = payload, Node = payload, Failure = payload, Submitter = payload };
            _host.Cluster.Nodes[payload] = new NodeSnapshot(FakeCluster.Node(payload) with { Gpus = [payload], Address = payload }, default, false, false, [new HeldLease(new ShardKey(payload, 1), default, payload)]);
        }

        await LogInAsync();
        await _browser.WaitForAsync($"document.querySelectorAll('#jobs tbody tr').length === {payloads.Count}");
        await _browser.WaitForAsync($"document.querySelectorAll('#nodes tbody tr').length === {payloads.Count}");
        await _browser.EvaluateAsync("for (const row of document.querySelectorAll('#jobs tbody tr')) { row.click(); }");
        await _browser.WaitForAsync("document.querySelector('#failure').textContent !== ''");

        Assert.That(payloads, Has.Count.GreaterThanOrEqualTo(200));
        Assert.That(await TextsAsync("#jobs tbody td:nth-child(2)"), Is.EquivalentTo(payloads));
        Assert.That((int)(await _browser.EvaluateAsync("document.querySelectorAll('td *').length"))!, Is.Zero, "no cell holds an element");
        Assert.That((int)(await _browser.EvaluateAsync("document.querySelectorAll('script, iframe, img, object, embed, link, style, base, meta[http-equiv]').length"))!, Is.EqualTo(2), "the page's own script and style");
        Assert.That(await _browser.EvaluateAsync("window.hacked ?? null"), Is.Null);
        Assert.That(_browser.Offences, Is.Empty);
    }

    [Test]
    public async Task What_is_inline_does_not_run_even_where_it_gets_into_a_page()
    {
        await LogInAsync();
        await _browser.WaitForAsync("document.querySelector('#standing').textContent.includes('jobs run')");

        // The second line of defence: markup as if a name had been let through.
        await _browser.EvaluateAsync("document.body.insertAdjacentHTML('beforeend', '<img src=x onerror=\"window.hacked=1\"><svg onload=\"window.hacked=1\">')");
        await _browser.EvaluateAsync("{ const script = document.createElement('script'); script.textContent = 'window.hacked = 1'; document.body.append(script); }");
        await _browser.WaitForAsync("document.querySelector('img').complete");

        Assert.That(await _browser.EvaluateAsync("window.hacked ?? null"), Is.Null);
        Assert.That(_browser.Offences, Is.Not.Empty, "the policy has blocked it, and said so");
    }

    private static string Step(int step, double loss)
    {
        return FormattableString.Invariant($"{{\"kind\":\"step\",\"step\":{step},\"loss\":{loss}}}\n");
    }

    private static IEnumerable<string> Payloads()
    {
        string[] codes = ["window.hacked=1", "alert(1)", "top['hacked']=1", "import('data:text/javascript,hacked=1')"];
        string[] forms =
        [
            "<script>{0}</script>", "\"><script>{0}</script>", "</td><script>{0}</script>", "<img src=x onerror={0}>", "<img src=x onerror=\"{0}\">", "'\"><img src=x onerror='{0}'>",
            "<svg onload={0}>", "<svg><script>{0}</script></svg>", "<svg><animate onbegin={0} attributeName=x dur=1s>", "<body onload={0}>", "<iframe srcdoc=\"<script>{0}</script>\">", "<iframe src=\"javascript:{0}\">",
            "<a href=\"javascript:{0}\">x</a>", "javascript:{0}", "<math><mtext><table><mglyph><style><!--</style><img title=\"--&gt;&lt;img src=1 onerror={0}&gt;\">", "<details open ontoggle={0}>", "<video><source onerror={0}>",
            "<audio src=x onerror={0}>", "<input autofocus onfocus={0}>", "<select autofocus onfocus={0}>", "<textarea autofocus onfocus={0}>", "<keygen autofocus onfocus={0}>", "<marquee onstart={0}>", "<object data=\"javascript:{0}\">",
            "<embed src=\"javascript:{0}\">", "<form><button formaction=\"javascript:{0}\">x", "<isindex action=\"javascript:{0}\" type=submit>", "<link rel=stylesheet href=\"javascript:{0}\">", "<meta http-equiv=refresh content=\"0;url=javascript:{0}\">",
            "<base href=\"javascript:{0}//\">", "<style>@import 'javascript:{0}';</style>", "<style>*{{background:url(javascript:{0})}}</style>", "<div style=\"width:expression({0})\">", "<table background=\"javascript:{0}\">",
            "${{{0}}}", "{{{{constructor.constructor('{0}')()}}}}", "`-{0}-`", "';{0}//", "\";{0}//", "\\\";{0}//", "</script><script>{0}</script>", "<!--><img src=x onerror={0}>-->", "<![CDATA[<img src=x onerror={0}>]]>", "<noscript><p title=\"</noscript><img src=x onerror={0}>\">",
            "<template><script>{0}</script></template>", "<xmp><p title=\"</xmp><svg/onload={0}>\">", "<SCRIPT SRC=data:,{0}></SCRIPT>", "<scr<script>ipt>{0}</script>", "&lt;script&gt;{0}&lt;/script&gt;", "<img src=`x` onerror=`{0}`>", "\u003cscript\u003e{0}\u003c/script\u003e",
        ];
        return codes.SelectMany(code => forms.Select(form => string.Format(System.Globalization.CultureInfo.InvariantCulture, form, code))).Distinct();
    }

    private void Fill()
    {
        _host.Cluster.Jobs["a"] = FakeCluster.Job("a");
        _host.Cluster.Nodes["n"] = new NodeSnapshot(FakeCluster.Node("n"), default, false, false, [new HeldLease(new ShardKey("a/tokens", 1), new LeaseToken(1, 1), "half")]);
        _host.Cluster.Datasets["a/tokens"] = FakeCluster.Dataset("a/tokens", "a", (ShardState.Done, 1), (ShardState.Leased, 1), (ShardState.Free, 1));
        var rows = ((ShardState[])[ShardState.Done, ShardState.Leased, ShardState.Free]).Select((state, index) => new ShardRow { Key = new ShardKey("a/tokens", index), State = state, Work = new ShardWork { Arguments = ["corpus"] }, Token = default });
        _host.Cluster.Grain<IDatasetGrain>("a/tokens").On(nameof(IDatasetGrain.ListAsync), _ => Task.FromResult<IReadOnlyList<ShardRow>>([.. rows]));
    }

    private async Task LogInAsync()
    {
        await _browser.OpenAsync(new Uri(_host.Address, "/login"));
        await _browser.EvaluateAsync($"document.querySelector('#token').value = {JsonSerializer.Serialize(_host.TokenOf(TokenRole.Read))}");
        await _browser.EvaluateAsync("document.querySelector('form').requestSubmit()");
        await _browser.WaitForAsync("location.pathname === '/' && document.readyState === 'complete'");
    }

    private async Task<string[]> TextsAsync(string selector)
    {
        return (await _browser.EvaluateAsync($"[...document.querySelectorAll({JsonSerializer.Serialize(selector)})].map(element => element.textContent)")).Deserialize<string[]>()!;
    }
}
