using System.Diagnostics;
using System.Net.WebSockets;
using System.Text.Json;
using System.Text.Json.Nodes;
using Granary.Testing;

namespace Granary.Cluster.Host.Dashboard.Tests;

/// <summary>A browser without a window, driven over its own protocol; one page.</summary>
internal sealed class Chromium : IAsyncDisposable
{
    private const string Listening = "DevTools listening on ";

    private static readonly string[] Programs = ["chromium", "chromium-browser", "google-chrome"];
    private static readonly TimeSpan Longest = TimeSpan.FromMinutes(1); // a hung browser must not hang the suite

    private readonly TempFolder _profile;
    private readonly Process _process;
    private readonly ClientWebSocket _socket = new();
    private readonly List<JsonNode> _events = [];
    private int _calls;

    private Chromium(TempFolder profile, Process process)
    {
        (_profile, _process) = (profile, process);
    }

    /// <summary>What the page did that a page of ours never does: dialogs, and what its policy has blocked.</summary>
    public IEnumerable<string> Offences => _events
        .Where(happened => (string?)happened["method"] is "Page.javascriptDialogOpening" or "Runtime.exceptionThrown" || (string?)happened["params"]?["issue"]?["code"] == "ContentSecurityPolicyIssue")
        .Select(happened => happened.ToJsonString());

    /// <summary>Starts the browser; the test is skipped where there is none.</summary>
    public static async Task<Chromium> StartAsync()
    {
        var program = Programs.SelectMany(OnPath).FirstOrDefault(File.Exists);
        if (program is null)
        {
            Assert.Ignore("No Chromium is installed, so that the page is not looked at: apt install chromium");
        }

        var profile = new TempFolder();
        var chromium = new Chromium(profile, Start(program, profile.Path));
        if (!await chromium.AttachAsync())
        {
            await chromium.DisposeAsync();
            Assert.Ignore($"'{program}' is installed but does not start here, so that the page is not looked at.");
        }

        return chromium;
    }

    /// <summary>Opens an address and waits until its page stands.</summary>
    public async Task OpenAsync(Uri address)
    {
        await CallAsync("Page.navigate", new JsonObject { ["url"] = address.ToString() });
        await WaitForAsync($"location.href === {JsonSerializer.Serialize(address.ToString())} && document.readyState === 'complete'");
    }

    /// <summary>The value of an expression.</summary>
    public async Task<JsonNode?> EvaluateAsync(string expression)
    {
        var result = await CallAsync("Runtime.evaluate", new JsonObject { ["expression"] = expression, ["awaitPromise"] = true, ["returnByValue"] = true });
        Assert.That(result["exceptionDetails"]?.ToJsonString(), Is.Null, expression);
        return result["result"]!["value"];
    }

    /// <summary>Waits until an expression holds, which is looked at whenever the page changes.</summary>
    public async Task WaitForAsync(string condition)
    {
        // While a page gives way to another, what runs in it is ended and asked again in the next one.
        while (true)
        {
            var result = await CallAsync("Runtime.evaluate", new JsonObject
            {
                ["expression"] = $$"""
                    new Promise(resolve => {
                      const look = () => { if ({{condition}}) { resolve(true); } };
                      new MutationObserver(look).observe(document, { subtree: true, childList: true, characterData: true, attributes: true });
                      addEventListener('load', look);
                      look();
                    })
                    """,
                ["awaitPromise"] = true,
            }, mayFail: true);
            if ((bool?)result["result"]?["value"] == true)
            {
                return;
            }
        }
    }

    public async ValueTask DisposeAsync()
    {
        _socket.Dispose();
        _process.Kill(entireProcessTree: true);
        await _process.WaitForExitAsync();
        _process.Dispose();
        _profile.Dispose();
    }

    private static IEnumerable<string> OnPath(string program)
    {
        return (Environment.GetEnvironmentVariable("PATH") ?? string.Empty).Split(Path.PathSeparator).Select(folder => Path.Combine(folder, program));
    }

    // A browser does not run as root, which would break its own walls; nobody may do what is asked of it.
    private static Process Start(string program, string profile)
    {
        if (!OperatingSystem.IsWindows())
        {
            File.SetUnixFileMode(profile, (UnixFileMode)Convert.ToInt32("777", 8));
        }

        string[] command = [program, "--headless=new", "--disable-gpu", "--no-first-run", "--remote-debugging-port=0", $"--user-data-dir={profile}", "about:blank"];
        command = Environment.IsPrivilegedProcess ? ["setpriv", "--reuid", "nobody", "--regid", "nogroup", "--clear-groups", .. command] : command;
        var start = new ProcessStartInfo(command[0], command[1..]) { RedirectStandardError = true, RedirectStandardOutput = true };
        start.Environment["HOME"] = profile;
        return Process.Start(start)!;
    }

    // False where it ended before it listened.
    private async Task<bool> AttachAsync()
    {
        using var limit = new CancellationTokenSource(Longest);
        var line = await _process.StandardError.ReadLineAsync(limit.Token);
        while (line?.StartsWith(Listening, StringComparison.Ordinal) == false)
        {
            line = await _process.StandardError.ReadLineAsync(limit.Token);
        }

        if (line is null)
        {
            return false;
        }

        var browser = new Uri(line[Listening.Length..]);
        _ = _process.StandardError.ReadToEndAsync(CancellationToken.None); // so that it never waits for a reader
        using var http = new HttpClient();
        var pages = JsonNode.Parse(await http.GetStringAsync(new Uri($"http://{browser.Authority}/json/list"), limit.Token))!.AsArray();
        await _socket.ConnectAsync(new Uri((string)pages.First(page => (string?)page!["type"] == "page")!["webSocketDebuggerUrl"]!), limit.Token);
        foreach (var domain in (string[])["Page", "Runtime", "Audits"])
        {
            await CallAsync($"{domain}.enable", []);
        }

        return true;
    }

    private async Task<JsonNode> CallAsync(string method, JsonObject parameters, bool mayFail = false)
    {
        using var limit = new CancellationTokenSource(Longest);
        var id = ++_calls;
        var call = new JsonObject { ["id"] = id, ["method"] = method, ["params"] = parameters };
        await _socket.SendAsync(JsonSerializer.SerializeToUtf8Bytes(call), WebSocketMessageType.Text, endOfMessage: true, limit.Token);
        while (true)
        {
            var message = await ReceiveAsync(limit.Token);
            if ((int?)message["id"] == id)
            {
                Assert.That(mayFail ? null : message["error"]?.ToJsonString(), Is.Null, method);
                return message["result"] ?? new JsonObject();
            }

            _events.Add(message);
            if ((string?)message["method"] == "Page.javascriptDialogOpening")
            {
                // Unanswered, it would hold the page.
                await _socket.SendAsync(JsonSerializer.SerializeToUtf8Bytes(new JsonObject { ["id"] = ++_calls, ["method"] = "Page.handleJavaScriptDialog", ["params"] = new JsonObject { ["accept"] = true } }), WebSocketMessageType.Text, endOfMessage: true, limit.Token);
            }
        }
    }

    private async Task<JsonNode> ReceiveAsync(CancellationToken cancellationToken)
    {
        using var message = new MemoryStream();
        var buffer = new byte[1 << 16];
        WebSocketReceiveResult part;
        do
        {
            part = await _socket.ReceiveAsync(buffer, cancellationToken);
            message.Write(buffer, 0, part.Count);
        }
        while (!part.EndOfMessage);

        return JsonNode.Parse(message.ToArray())!;
    }
}
