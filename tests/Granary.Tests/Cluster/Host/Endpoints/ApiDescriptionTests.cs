using System.Reflection;
using System.Runtime.Versioning;
using System.Text.Json;
using System.Text.RegularExpressions;
using Granary.Cluster.Host.Security;
using Granary.Cluster.Host.Tests;
using Granary.Cluster.Protocol;
using Granary.Testing;

namespace Granary.Cluster.Host.Endpoints.Tests;

[UnsupportedOSPlatform("windows")]
public sealed partial class ApiDescriptionTests
{
    private RunningHost _host = null!;
    private JsonElement _description;

    [OneTimeSetUp]
    public async Task StartAsync()
    {
        _host = await RunningHost.StartAsync();
        var text = await _host.Client(TokenRole.Read).GetStringAsync("/openapi.json");
        _description = JsonDocument.Parse(text).RootElement;
    }

    [OneTimeTearDown]
    public async Task StopAsync()
    {
        await _host.DisposeAsync();
    }

    [Test]
    public void Every_path_of_the_protocol_is_described()
    {
        var constants = typeof(Routes).GetFields(BindingFlags.Public | BindingFlags.Static).Select(field => (string)field.GetRawConstantValue()!);

        Assert.That(constants.Except(Paths()), Is.Empty);
    }

    [Test]
    public void The_protocols_own_table_and_the_description_say_the_same()
    {
        var table = Line().Matches(File.ReadAllText(Repository.PathOf("cluster", "Granary.Cluster", "Protocol", "Routes.cs"))).Select(match => $"{match.Groups[1].Value} {match.Groups[2].Value}");
        var described = Operations().Select(operation => $"{operation.Method} {operation.Path}").Append("GET /openapi.json").Append("GET /");

        Assert.That(table.Append("GET /metrics").Append("GET /openapi.json").Append("GET /").Distinct(), Is.EquivalentTo(described));
    }

    [Test]
    public void Every_operation_says_how_it_is_refused_and_what_it_gives()
    {
        var faults = Operations().Where(operation => operation.Path != "/healthz").Where(operation =>
        {
            var statuses = operation.Description.GetProperty("responses").EnumerateObject().Select(response => response.Name).ToList();
            return !statuses.Contains("401") || !statuses.Contains("403") || !statuses.Exists(status => status[0] == '2');
        });

        Assert.That(faults.Select(operation => $"{operation.Method} {operation.Path}"), Is.Empty);
    }

    [Test]
    public void Bodies_are_described_in_the_wires_own_names()
    {
        var schemas = _description.GetProperty("components").GetProperty("schemas");

        Assert.That(schemas.GetProperty("NodeDescription").GetProperty("properties").TryGetProperty("memory_bytes", out _), Is.True);
        Assert.That(schemas.GetProperty("JobStatus").GetProperty("enum").EnumerateArray().Select(word => word.GetString()), Does.Contain("queued"));
        Assert.That(_description.GetProperty("components").GetProperty("securitySchemes").EnumerateObject().Single().Value.GetProperty("scheme").GetString(), Is.EqualTo("bearer"));
    }

    private IEnumerable<string> Paths()
    {
        return _description.GetProperty("paths").EnumerateObject().Select(path => path.Name);
    }

    private IEnumerable<(string Method, string Path, JsonElement Description)> Operations()
    {
        return
            from path in _description.GetProperty("paths").EnumerateObject()
            from operation in path.Value.EnumerateObject()
            select (operation.Name.ToUpperInvariant(), path.Name, operation.Value);
    }

    [GeneratedRegex(@"^/// (GET|POST|DELETE) +(/[\w/{}]*)", RegexOptions.Multiline)]
    private static partial Regex Line();
}
