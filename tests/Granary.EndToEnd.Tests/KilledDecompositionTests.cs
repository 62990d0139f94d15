using System.Text.Json;
using Granary.Core.Randomness;
using Granary.Data.Shards;

namespace Granary.EndToEnd.Tests;

[Category("Slow")]
public sealed class KilledDecompositionTests
{
    private const int Kills = 25; // in each of eight tests: a single long one would be taken for a hung one
    private static readonly string[] Settings = ["--set", "decomposition.tokens_per_part=20000"];

    [Test]
    public void A_decomposition_killed_at_random_moments_ends_with_the_same_manifest([Range(1, 8)] int seed)
    {
        using var run = new TinyRun();
        File.WriteAllText(run["words.jsonl"], TinyRun.Documents(seed: 5, count: 3_000));
        var alone = run.Granary(["decompose", TinyRun.Config, .. Settings, "--runs", "alone"]);
        Assert.That(alone.ExitCode, Is.Zero, alone.ToString());
        var expected = ShardManifest.Load(Manifest(run, "alone"));

        // A process is killed at a random moment behind the beginning of the stage. How long it may live follows from
        // those before it: longer when no part was finished, shorter when everything was.
        var key = RandomKey.FromSeed(seed);
        var longest = 200.0; // milliseconds
        var (killed, finished, wentOn) = (0, 0, 0);
        for (var kill = 0; killed < Kills; kill++)
        {
            var journal = JournalBytes(run);
            using var process = GranaryProcess.Start(run.Folder, ["decompose", TinyRun.Config, .. Settings, "--runs", "killed", "--json"]);
            process.WaitForLine(BeginsToDecompose);
            if (!process.EndsWithin(TimeSpan.FromMilliseconds(longest * key.DoubleAt(kill))))
            {
                process.Kill();
            }

            var ended = process.WaitForEnd();
            Assert.That(ended.ExitCode, Is.EqualTo(GranaryResult.Killed).Or.Zero, $"kill {kill}: {ended}");
            wentOn += ended.Output.Contains("going on behind document", StringComparison.Ordinal) ? 1 : 0;
            if (ended.ExitCode == GranaryResult.Killed)
            {
                killed++;
                longest *= JournalBytes(run) > journal ? 1 : 1.3;
                continue;
            }

            // Faster than its end: what it made is looked at, and the next one begins anew.
            AssertSame(run, expected);
            Directory.Delete(run["killed", "tiny", "stages", "decompose"], recursive: true);
            longest *= 0.8;
            finished++;
        }

        var last = run.Granary(["decompose", TinyRun.Config, .. Settings, "--runs", "killed"]);

        Assert.That(last.ExitCode, Is.Zero, last.ToString());
        AssertSame(run, expected);
        TestContext.Out.WriteLine($"{killed} killed, {finished} faster than their end, {wentOn} went on behind finished parts; the longest life was {longest:F0} ms");
        Assert.That(wentOn, Is.Positive);
    }

    private static void AssertSame(TinyRun run, ShardManifest expected)
    {
        var manifest = ShardManifest.Load(Manifest(run, "killed"));
        Assert.That(manifest.ManifestHash, Is.EqualTo(expected.ManifestHash));
        Assert.That(ShardVerifier.Verify(Manifest(run, "killed")).Faults, Is.Empty);
        Assert.That(
            Directory.GetFiles(run["killed", "tiny", "stages", "decompose"], "*", SearchOption.AllDirectories),
            Has.Length.EqualTo(manifest.Buckets.Sum(bucket => bucket.Shards.Count) + 3),
            "shards, manifest and the two records of the stage, and nothing else");
    }

    private static bool BeginsToDecompose(string line)
    {
        var reported = JsonSerializer.Deserialize<JsonElement>(line);
        return reported.GetProperty("kind").GetString() == "stage_begin" && reported.GetProperty("stage").GetString() == "decompose";
    }

    private static long JournalBytes(TinyRun run)
    {
        var file = new FileInfo(run["killed", "tiny", "stages", "decompose", ShardJournal.FileName]);
        return file.Exists ? file.Length : 0;
    }

    private static string Manifest(TinyRun run, string runs)
    {
        return run[runs, "tiny", "stages", "decompose", ShardManifest.FileName];
    }
}
