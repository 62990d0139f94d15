using System.Globalization;
using System.Text.Json;
using System.Text.RegularExpressions;

namespace Granary.EndToEnd.Tests;

public sealed class PlannedMemoryTests
{
    private const double Tolerance = 0.1;

    // Large enough that tensors weigh as much as the runtime does, small enough for seconds.
    private static readonly string[] Settings =
    [
        "model.hidden_size=256", "model.num_hidden_layers=6", "batching.tokens_per_step=4096", "training.tokens_per_microbatch=4096", "training.steps=3", "training.checkpoint_every_steps=1",
    ];

    [TestCase(1, "none")]
    [TestCase(2, "none")]
    [TestCase(2, "optimizer")]
    [TestCase(2, "full")]
    [Category("Slow")]
    public void Ranks_hold_what_the_plan_says(int ranks, string sharding)
    {
        using var run = new TinyRun();
        string[] overrides = [.. Settings.Append($"parallel.sharding={sharding}").SelectMany(setting => new[] { "--set", setting })];
        var count = ranks.ToString(CultureInfo.InvariantCulture);
        var plan = run.Granary(["plan", TinyRun.Config, "--devices", count, "--cluster", "cpu-ethernet", "--json", .. overrides]).Json();

        var trained = run.Granary(["train", TinyRun.Config, "--ranks", count, "--json", .. overrides]);

        Assert.That(trained.ExitCode, Is.Zero, trained.ToString());
        var bytes = plan.GetProperty("layouts").EnumerateArray()
            .First(layout => layout.GetProperty("sequence").GetInt32() == 1 && layout.GetProperty("sharding").GetString() == sharding)
            .GetProperty("bytes_per_rank");
        var held = MegabytesHeld(trained);
        Assert.That(bytes.GetProperty("first_rank_total").GetDouble() / 1e6, Is.EqualTo(held[0]).Within(Tolerance * held[0]));
        if (ranks > 1)
        {
            Assert.That(bytes.GetProperty("total").GetDouble() / 1e6, Is.EqualTo(held[1]).Within(Tolerance * held[1]));
        }
    }

    private static double[] MegabytesHeld(GranaryResult trained)
    {
        var notes = trained.Lines.Select(line => JsonSerializer.Deserialize<JsonElement>(line)).Where(line => line.GetProperty("kind").GetString() == "note");
        var memory = notes.Select(note => note.GetProperty("text").GetString()!).Single(text => text.StartsWith("memory at its fullest", StringComparison.Ordinal));
        return [.. Regex.Matches(memory, @"(\d+) MB").Select(match => double.Parse(match.Groups[1].Value, CultureInfo.InvariantCulture))];
    }
}
