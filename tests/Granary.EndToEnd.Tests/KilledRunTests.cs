using System.Text.Json;
using Granary.Core.Randomness;

namespace Granary.EndToEnd.Tests;

[Category("Slow")]
public sealed class KilledRunTests
{
    private const int Kills = 20;
    private const int LongestDelay = 40; // milliseconds behind the line at which a process is to die

    [Test]
    public void A_run_killed_at_twenty_random_moments_ends_with_the_bytes_of_one_left_alone()
    {
        using var run = new TinyRun();
        var alone = run.Granary("run", TinyRun.Config, "--runs", "alone", "--json");
        Assert.That(alone.ExitCode, Is.Zero, alone.ToString());
        var moments = alone.Lines.Select(MomentOf).OfType<string>().ToList();

        // The whole way in twenty parts, a random moment in each: a line of the run left alone, and a while behind it.
        var key = RandomKey.FromSeed(11);
        var killed = 0;
        for (var part = 0; part < Kills; part++)
        {
            var (first, end) = (part * moments.Count / Kills, (part + 1) * moments.Count / Kills);
            var target = first + (int)key.BelowAt(2 * part, end - first);
            using var process = GranaryProcess.Start(run.Folder, "run", TinyRun.Config, "--runs", "killed", "--json");
            process.WaitForLine(line => MomentOf(line) is { } moment && moments.IndexOf(moment) >= target);
            if (!process.EndsWithin(TimeSpan.FromMilliseconds(key.BelowAt((2 * part) + 1, LongestDelay))))
            {
                process.Kill();
            }

            var ended = process.WaitForEnd();
            Assert.That(ended.ExitCode, Is.EqualTo(GranaryResult.Killed).Or.Zero, $"part {part}, at '{moments[target]}': {ended}");
            killed += ended.ExitCode == GranaryResult.Killed ? 1 : 0;
            TestContext.Out.WriteLine($"{part}: {moments[target]}, exit {ended.ExitCode}");
        }

        var last = run.Granary("run", TinyRun.Config, "--runs", "killed");

        Assert.That(last.ExitCode, Is.Zero, last.ToString());
        Assert.That(killed, Is.GreaterThanOrEqualTo(Kills - 2), "a process may have been faster than its end");
        TinyRun.AssertSameBits(run["alone", "tiny"], run["killed", "tiny"]);
        Assert.That(Contents(run["killed", "tiny"]), Is.EqualTo(Contents(run["alone", "tiny"])), "the other stages' files are the same, and nothing is left over");
    }

    private static string? MomentOf(string line)
    {
        var reported = JsonSerializer.Deserialize<JsonElement>(line);
        return reported.GetProperty("kind").GetString() switch
        {
            "step" => $"step {reported.GetProperty("step").GetInt64()}",
            "stage_begin" => $"begin {reported.GetProperty("stage").GetString()}",
            "stage_end" => $"end {reported.GetProperty("stage").GetString()}",
            _ => null,
        };
    }

    // Times stand in the events and the record of sampling, and the older of the kept checkpoints depends on the kills.
    private static Dictionary<string, string> Contents(string folder)
    {
        return Directory.EnumerateFiles(folder, "*", SearchOption.AllDirectories)
            .Select(file => (File: file, Name: Path.GetRelativePath(folder, file)))
            .Where(entry => !entry.Name.StartsWith("checkpoints/", StringComparison.Ordinal) && entry.Name is not ("events.jsonl" or ".owner" or "stages/sample/stage.json"))
            .ToDictionary(entry => entry.Name, entry => Convert.ToHexString(System.Security.Cryptography.SHA256.HashData(File.ReadAllBytes(entry.File))));
    }
}
