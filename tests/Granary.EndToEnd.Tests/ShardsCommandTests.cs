using System.Text.Json;
using Granary.Data.Shards;
using Granary.Testing;

namespace Granary.EndToEnd.Tests;

/// <summary>Shard sets by command: built with any number of threads, shown, compared and checked.</summary>
public sealed class ShardsCommandTests
{
    private const string Set = "runs/tiny/stages/decompose/manifest.json";

    [Test]
    public void Any_number_of_threads_gives_the_same_bytes()
    {
        using var run = new TinyRun();
        string[] settings = ["--set", "decomposition.tokens_per_part=9000"];

        foreach (var threads in (int[])[1, 2, 4, 8])
        {
            var result = run.Granary(["decompose", TinyRun.Config, .. settings, "--set", $"training.threads={threads}", "--runs", $"threads-{threads}", "--verify"]);
            Assert.That(result.ExitCode, Is.Zero, result.ToString());
            Assert.That(result.Output, Does.Contain("whole: "));
        }

        var expected = Files(run["threads-1", "tiny", "stages", "decompose"]);
        Assert.That(expected.Keys, Has.Some.EndsWith(".shard"));
        foreach (var threads in (int[])[2, 4, 8])
        {
            Assert.That(Files(run[$"threads-{threads}", "tiny", "stages", "decompose"]), Is.EqualTo(expected), $"{threads} threads");
        }
    }

    [TestCase("runs/tiny", Description = "a run")]
    [TestCase("runs/tiny/stages/decompose", Description = "a folder with a manifest")]
    [TestCase(Set, Description = "a manifest")]
    public void Inspect_shows_a_set_wherever_it_is_named(string set)
    {
        var result = FinishedRun.Run.Granary("shards", "inspect", set, "--json");

        Assert.That(result.ExitCode, Is.Zero, result.ToString());
        var (json, manifest) = (result.Json(), ShardManifest.Load(FinishedRun.Run[Set]));
        var ledger = json.GetProperty("ledger");
        Assert.Multiple(() =>
        {
            Assert.That(json.GetProperty("manifest_sha256").GetString(), Is.EqualTo(manifest.ManifestHash));
            Assert.That(json.GetProperty("buckets").EnumerateArray().Sum(bucket => bucket.GetProperty("rows").GetInt64()), Is.EqualTo(manifest.Buckets.Sum(bucket => bucket.Rows)));
            Assert.That(json.GetProperty("buckets").EnumerateArray().Sum(bucket => bucket.GetProperty("bytes").GetInt64()), Is.EqualTo(Directory.GetFiles(FinishedRun.Run["runs", "tiny", "stages", "decompose"], "*.shard", SearchOption.AllDirectories).Sum(file => new FileInfo(file).Length)));
            Assert.That(ledger.GetProperty("tokens_kept").GetInt64() + ledger.GetProperty("tokens_dropped").GetInt64(), Is.EqualTo(ledger.GetProperty("tokens_read").GetInt64()));
        });
    }

    [Test]
    public void Inspect_says_it_in_words_too()
    {
        var result = FinishedRun.Run.Granary("shards", "inspect", "runs/tiny");

        Assert.That(result.ExitCode, Is.Zero, result.ToString());
        Assert.That(result.Output, Does.Contain("= kept ").And.Contain(" + dropped ").And.Contain("mean context").And.Contain("words"));
    }

    [Test]
    public void Cat_prints_ids_text_and_origin_of_rows()
    {
        var result = FinishedRun.Run.Granary("shards", "cat", "runs/tiny", "--bucket", "4", "--row", "1", "--rows", "2", "--json");

        Assert.That(result.ExitCode, Is.Zero, result.ToString());
        using var set = ShardSet.Open(FinishedRun.Run[Set]);
        var rows = result.Lines.Select(line => JsonSerializer.Deserialize<JsonElement>(line)).ToList();
        Assert.That(rows.Select(row => row.GetProperty("row").GetInt64()), Is.EqualTo(new[] { 1, 2 }));
        foreach (var row in rows)
        {
            var ids = new int[16];
            set.CopyRow(4, row.GetProperty("row").GetInt64(), ids);
            Assert.That(row.GetProperty("ids").EnumerateArray().Select(id => id.GetInt32()), Is.EqualTo(ids));
            Assert.That(row.GetProperty("document").GetString(), Is.EqualTo(set.Provenance(4, row.GetProperty("row").GetInt64()).Document.ToString()));
            Assert.That(row.GetProperty("source").GetString(), Is.EqualTo("words"));
            Assert.That(row.GetProperty("text").GetString(), Is.Not.Empty);
        }
    }

    [Test]
    public void Cat_prints_plain_text_with_the_tokenizer_of_the_run()
    {
        var result = FinishedRun.Run.Granary("shards", "cat", "runs/tiny", "--bucket", "5", "--row", "0");

        Assert.That(result.ExitCode, Is.Zero, result.ToString());
        Assert.That(result.Lines, Has.Length.EqualTo(3));
        Assert.That(result.Lines[0], Does.StartWith("row 0 of bucket 5: document "));
        Assert.That(result.Lines[1].Split(' '), Has.Length.EqualTo(32));
    }

    [Test]
    public void Sets_that_differ_are_told_from_those_that_do_not()
    {
        using var run = new TinyRun();
        var built = run.Granary("decompose", TinyRun.Config, "--set", "decomposition.min_exponent=5");
        Assert.That(built.ExitCode, Is.Zero, built.ToString());

        var same = run.Granary("shards", "diff", "runs/tiny", "runs/tiny/stages/decompose");
        var other = run.Granary("shards", "diff", "runs/tiny", FinishedRun.Run.RunPath, "--json");

        Assert.That((same.ExitCode, same.Lines), Is.EqualTo((0, new[] { "same" })), same.ToString());
        Assert.That(other.ExitCode, Is.EqualTo(1), other.ToString());
        Assert.That(other.Json().GetProperty("same").GetBoolean(), Is.False);
        Assert.That(other.Json().GetProperty("differences").EnumerateArray().Select(difference => difference.GetProperty("what").GetString()), Does.Contain("settings").And.Contain("bucket 4, rows"));
    }

    [Test]
    public void Verify_names_each_damaged_shard()
    {
        using var copy = TinyRun.CopyOf(FinishedRun.Run);
        var shard = Directory.GetFiles(copy["runs", "tiny", "stages", "decompose", "d04"]).Order(StringComparer.Ordinal).First();
        var whole = copy.Granary("shards", "verify", "runs/tiny");
        var bytes = File.ReadAllBytes(shard);
        bytes[5_000] ^= 1;
        File.WriteAllBytes(shard, bytes);

        var damaged = copy.Granary("shards", "verify", "runs/tiny", "--json");

        Assert.That(whole.ExitCode, Is.Zero, whole.ToString());
        Assert.That(whole.Output, Does.Contain("whole: "));
        Assert.That(damaged.ExitCode, Is.EqualTo(1), damaged.ToString());
        Assert.That(damaged.ErrorLines, Has.Length.EqualTo(1).And.All.Contains(Path.GetFileName(shard)));
        Assert.That(damaged.Json().GetProperty("faults").GetArrayLength(), Is.EqualTo(1));
    }

    [TestCase("shards inspect nowhere", 1, "no shard set here", Description = "there is nothing")]
    [TestCase("shards inspect words.jsonl", 1, "cannot be read", Description = "a file of another kind")]
    [TestCase("shards cat runs/tiny --bucket 9 --row 0", 2, "'--bucket' is '9' but the set has the buckets 4, 5, 6", Description = "a bucket that is not there")]
    [TestCase("shards cat runs/tiny --bucket 4 --row 1000000000", 2, "has the rows 0 to ", Description = "a row that is not there")]
    [TestCase("shards cat runs/tiny --bucket 4 --row 0 --rows 0", 2, "'--rows' is '0'", Description = "no rows")]
    [TestCase("decompose --lengths words.jsonl --verify", 2, "'--verify' needs shards", Description = "nothing to verify")]
    public void Wrong_names_and_numbers_are_one_message(string arguments, int code, string expected)
    {
        var result = FinishedRun.Run.Granary(arguments.Split(' '));

        Assert.That(result.ExitCode, Is.EqualTo(code), result.ToString());
        Assert.That(result.Error, Does.Contain(expected));
        Assert.That(result.Error, Does.Not.Contain("   at "));
    }

    [Test]
    public void Bench_prints_one_object()
    {
        using var folder = new TempFolder();

        var result = GranaryProcess.Run(folder.Path, "bench", "shards", "--tokens", "1", "--shards", "100", "--folder", folder.Path, "--json");

        Assert.That(result.ExitCode, Is.Zero, result.ToString());
        Assert.That(result.Json().GetProperty("build_tokens_per_core_second").GetDouble(), Is.Positive);
        Assert.That(Directory.GetFileSystemEntries(folder.Path), Is.Empty);
    }

    private static Dictionary<string, string> Files(string folder)
    {
        return Directory.EnumerateFiles(folder, "*", SearchOption.AllDirectories)
            .Where(file => !Path.GetFileName(file).StartsWith("stage", StringComparison.Ordinal))
            .ToDictionary(file => Path.GetRelativePath(folder, file), file => Convert.ToHexString(System.Security.Cryptography.SHA256.HashData(File.ReadAllBytes(file))));
    }
}
