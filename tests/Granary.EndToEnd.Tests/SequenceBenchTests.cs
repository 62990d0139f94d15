using System.Text.Json;
using Granary.Testing;

namespace Granary.EndToEnd.Tests;

/// <summary>The benchmark of attention over ranks: real processes compute one device's numbers and send what the tables say.</summary>
public sealed class SequenceBenchTests
{
    private static readonly string[] Problem = ["--ranks", "2", "--heads", "4", "--kv-heads", "2", "--head-dim", "8", "--length", "96"];

    [Test]
    public void Every_schedule_gives_one_devices_numbers_and_sends_the_simulated_bytes()
    {
        var simulated = Simulated();

        var measured = GranaryProcess.Run(Repository.Root, ["bench", "sequence", .. Problem, "--rounds", "1", "--json"]);

        Assert.That(measured.ExitCode, Is.Zero, measured.ToString());
        var lines = measured.Lines.Select(line => JsonSerializer.Deserialize<JsonElement>(line)).ToDictionary(line => line.GetProperty("schedule").GetString()!);
        Assert.That(lines.Keys, Is.SupersetOf(new[] { "ring", "token-ring", "ulysses", "auto" }));
        foreach (var (name, line) in lines)
        {
            Assert.That(line.GetProperty("max_error").GetDouble(), Is.LessThan(1e-5), name);
        }

        foreach (var (name, expected) in simulated)
        {
            Assert.That(Most(lines[name], "forward_bytes_sent"), Is.EqualTo(expected.Forward), $"{name} forward");
            Assert.That(Most(lines[name], "backward_bytes_sent"), Is.EqualTo(expected.Backward), $"{name} backward");
        }
    }

    [Test]
    public void A_pretended_device_takes_its_time_and_is_compared_with_nothing()
    {
        var result = GranaryProcess.Run(Repository.Root, ["bench", "sequence", .. Problem, "--schedule", "ring", "--rounds", "1", "--block-ms", "40", "--json"]);

        Assert.That(result.ExitCode, Is.Zero, result.ToString());
        var line = result.Json();
        Assert.That(line.GetProperty("max_error").ValueKind, Is.EqualTo(JsonValueKind.Null));

        // Two ranks: half a block on itself, and half a block of the other.
        Assert.That(line.GetProperty("forward_milliseconds").GetDouble(), Is.GreaterThanOrEqualTo(40));
    }

    [TestCase("--simulate", "--rounds", "3", "'--rounds' is not for --simulate; leave it out.")]
    [TestCase("--cluster", "h200", "--full", "'--cluster' is for --simulate only; leave it out.")]
    public void An_option_of_the_other_kind_is_refused(string first, string second, string third, string message)
    {
        var result = GranaryProcess.Run(Repository.Root, ["bench", "sequence", .. Problem, first, second, third]);

        Assert.That(result.ExitCode, Is.EqualTo(2), result.ToString());
        Assert.That(result.Error, Does.Contain(message));
    }

    [Test]
    public void A_schedule_that_cannot_serve_is_refused_with_the_reason()
    {
        var result = GranaryProcess.Run(Repository.Root, ["bench", "sequence", .. Problem, "--full", "--schedule", "pair"]);

        Assert.That(result.ExitCode, Is.EqualTo(2), result.ToString());
        Assert.That(result.Error, Does.Contain("'--schedule' is 'pair', which cannot serve: pair needs a causal mask"));
    }

    private static Dictionary<string, (double Forward, double Backward)> Simulated()
    {
        var result = GranaryProcess.Run(Repository.Root, ["bench", "sequence", .. Problem, "--simulate", "--element-bytes", "4", "--json"]);
        Assert.That(result.ExitCode, Is.Zero, result.ToString());
        return result.Json().GetProperty("schedules").EnumerateArray()
            .Where(line => line.TryGetProperty("forward_bytes_per_rank", out _))
            .ToDictionary(
                line => line.GetProperty("schedule").GetString()!,
                line => (line.GetProperty("forward_bytes_per_rank").GetDouble(), line.GetProperty("backward_bytes_per_rank").GetDouble()));
    }

    private static double Most(JsonElement line, string name) => line.GetProperty(name).EnumerateArray().Max(bytes => bytes.GetDouble());
}
