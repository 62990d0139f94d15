using System.Text.Json;
using Granary.Cli.Mixtures;
using Granary.Core.Randomness;

namespace Granary.EndToEnd.Tests;

/// <summary>The search for a mixture, by the real command with real proxies.</summary>
public sealed class MixTests
{
    private const int LongestDelay = 2_000; // milliseconds; a search left alone takes a few times as long

    // A run that was left alone, with two proxies at a time, and that tests only read.
    private TinyMix _alone = null!;
    private GranaryResult _trained = null!;

    [OneTimeSetUp]
    public void SearchAndTrainOnce()
    {
        _alone = new TinyMix();
        _trained = Train();
    }

    [OneTimeTearDown]
    public void RemoveIt()
    {
        _alone.Dispose();
    }

    [Test]
    public void A_search_killed_and_run_again_proposes_and_finds_what_one_left_alone_does_with_any_number_of_places()
    {
        using var mix = new TinyMix();

        // One thread, and so one place.
        KillAndResume(mix, kills: 1, seed: 1);

        Assert.That(mix.Search("killed"), Is.EqualTo(_alone.Search("runs")));
        Assert.That(Directory.GetDirectories(mix["killed", "mixed", "stages", "mix", "proxies"]), Has.Length.EqualTo(4), "none is trained twice");
    }

    [Test]
    [Category("Slow")]
    public void A_search_killed_at_twenty_random_moments_proposes_what_one_left_alone_does()
    {
        using var mix = new TinyMix();

        var killed = 0;
        for (var seed = 0; seed < 7; seed++)
        {
            killed += KillAndResume(mix, kills: 3, seed);
            Assert.That(mix.Search("killed"), Is.EqualTo(_alone.Search("runs")), $"seed {seed}");
            Directory.Delete(mix["killed"], recursive: true);
        }

        Assert.That(killed, Is.GreaterThanOrEqualTo(20 - 3), "a process may have been faster than its end");
    }

    [Test]
    public void A_run_trains_on_the_mixture_that_was_found_and_another_run_takes_it()
    {
        var found = MixtureFile.Load(_alone["runs", "mixed", "stages", "mix", "mixture.yaml"]);
        var again = Train();
        File.WriteAllText(_alone["other.yaml"], string.Join('\n', TinyMix.Yaml.Split('\n').Where(line => !line.StartsWith("  ", StringComparison.Ordinal) || line.Contains("jsonl") || line.Contains("sources:")))
            .Replace("mix:\n", "mix: {file: runs/mixed/stages/mix/mixture.yaml}\n", StringComparison.Ordinal));
        var other = _alone.Granary("train", "other.yaml", "--set", "name=other");

        Assert.That(_trained.ExitCode, Is.Zero, _trained.ToString());
        Assert.That(found.Weights.Values.Sum(), Is.EqualTo(1).Within(1e-9));
        Assert.That(again.Output, Does.Contain("mix: unchanged").And.Contain("train: unchanged"));
        Assert.That(other.ExitCode, Is.Zero, other.ToString());
        Assert.That(TinyRun.Losses(_alone["runs", "other"]), Is.EqualTo(TinyRun.Losses(_alone["runs", "mixed"])), "the same text in the same order");
    }

    [Test]
    public void Clusters_are_mixed_as_sources_are_and_one_alone_is_no_search()
    {
        using var mix = new TinyMix();

        var two = mix.Granary("mix", TinyMix.Config, "--set", "mix.components=clusters", "--set", "mix.clusters={initial: 4, merge: {target_k: 2}}", "--set", "mix.search={type: natural}");
        var one = mix.Granary("mix", TinyMix.Config, "--set", "name=one", "--set", "mix.components=clusters", "--set", "mix.clusters={initial: 1, merge: {method: none}}");

        Assert.That(two.ExitCode, Is.Zero, two.ToString());
        Assert.That(MixtureFile.Load(mix["runs", "mixed", "stages", "mix", "mixture.yaml"]).Batching.ClusterWeights.Keys, Is.EqualTo(new[] { "0", "1" }));
        Assert.That(one.ExitCode, Is.Zero, one.ToString());
        Assert.That(one.Output, Does.Contain("all there is to mix, so nothing was searched"));
    }

    [Test]
    public void What_a_search_cannot_judge_by_is_refused_in_a_sentence()
    {
        using var mix = new TinyMix();

        // One document in a million of a hundred and fifty: none.
        var noTarget = mix.Granary("mix", TinyMix.Config, "--set", "corpus.sources.0.held_out_one_in=1000000", "--set", "mix.objective.metrics=[{name: heldout.a}]");
        var noFile = mix.Granary("check", TinyMix.Config, "--set", "mix={file: nowhere.yaml}");
        var diverged = mix.Granary("mix", TinyMix.Config, "--set", "name=nan", "--set", "mix.proxy.optimizer.learning_rate=1e30", "--set", "mix.search={type: random, trials: 2, retries: 1}");

        Assert.That((noTarget.ExitCode, noTarget.ErrorLines.Length), Is.EqualTo((1, 1)), noTarget.ToString());
        Assert.That(noTarget.Error, Does.Contain("'heldout.a' has no held-out document").And.Contain("Lower held_out_one_in of a"));
        Assert.That((noFile.ExitCode, noFile.ErrorLines.Length), Is.EqualTo((2, 1)), noFile.ToString());
        Assert.That((diverged.ExitCode, diverged.ErrorLines.Length), Is.EqualTo((1, 1)), diverged.ToString());
        Assert.That(diverged.Error, Does.Contain("not finite").Or.Contain("diverged"));
    }

    [Test]
    public void Plan_and_status_say_what_a_search_takes_and_where_it_is()
    {
        var plan = _alone.Granary("mix", "plan", TinyMix.Config, "--json").Json();
        var before = _alone.Granary("mix", "status", TinyMix.Config, "--set", "name=none");
        var after = _alone.Granary("mix", "status", TinyMix.Config);
        var json = _alone.Granary("mix", "status", TinyMix.Config, "--json").Json();

        Assert.That((plan.GetProperty("trials").GetInt32(), plan.GetProperty("tokens").GetInt64()), Is.EqualTo((4, 4 * 2560L)));
        Assert.That((before.ExitCode, before.ErrorLines.Length), Is.EqualTo((1, 1)));
        Assert.That(after.Lines[0], Is.EqualTo("round 1: 3 of 3 trials ended"));
        Assert.That(after.Lines[^1], Does.StartWith("chosen ("));
        Assert.That(json.GetProperty("rounds").EnumerateArray().Sum(round => round.GetProperty("ended").GetInt32()), Is.EqualTo(4));
        Assert.That(json.GetProperty("choice").GetProperty("weights").EnumerateObject().Sum(weight => weight.Value.GetDouble()), Is.EqualTo(1).Within(1e-9));
    }

    [Test]
    public void A_trunk_is_trained_once_and_every_proxy_branches_from_it()
    {
        using var mix = new TinyMix();

        // A reference, and the proxy whose mixture follows its losses over it.
        var result = mix.Granary("mix", TinyMix.Config, "--set", "mix.proxy.trunk_share=0.5", "--set", "mix.proxy.optimizer.schedule={type: warmup-stable-decay}", "--set", "mix.search={type: doremi, caps: {max_epochs: 20}}");

        Assert.That(result.ExitCode, Is.Zero, result.ToString());
        var specs = Directory.GetFiles(mix["runs", "mixed", "stages", "mix", "proxies"], "spec.json", SearchOption.AllDirectories).Select(file => JsonSerializer.Deserialize<JsonElement>(File.ReadAllText(file))).ToList();
        var trunk = specs.Single(spec => spec.GetProperty("is_trunk").GetBoolean()).GetProperty("key").GetString();
        Assert.That(specs.Where(spec => !spec.GetProperty("is_trunk").GetBoolean()).Select(spec => spec.GetProperty("trunk").GetString()), Is.EqualTo(new[] { trunk, trunk }));
    }

    [Test]
    public void Proxies_whose_products_are_rounded_score_nearly_as_those_in_fp32()
    {
        using var mix = new TinyMix();

        var result = mix.Granary("mix", TinyMix.Config, "--set", "mix.proxy.precision=bf16");

        Assert.That(result.ExitCode, Is.Zero, result.ToString());
        var scores = mix.FirstScores("runs");
        Assert.That(scores, Is.EqualTo(_alone.FirstScores("runs")).Within(2).Percent);
        Assert.That(scores, Is.Not.EqualTo(_alone.FirstScores("runs")));
    }

    private GranaryResult Train()
    {
        return _alone.Granary("train", TinyMix.Config, "--set", "mix.proxy.places=2");
    }

    // Kills the search, and with it its proxies, again and again, then lets it end. How often it was killed.
    private static int KillAndResume(TinyMix mix, int kills, long seed)
    {
        var key = RandomKey.FromSeed(seed);
        var killed = 0;
        for (var i = 0; i < kills; i++)
        {
            using var process = GranaryProcess.Start(mix.Folder, "mix", TinyMix.Config, "--runs", "killed");
            process.WaitForLine(line => line.Contains("proxies of", StringComparison.Ordinal));
            if (!process.EndsWithin(TimeSpan.FromMilliseconds(key.BelowAt(i, LongestDelay))))
            {
                process.Kill();
            }

            killed += process.WaitForEnd().ExitCode == GranaryResult.Killed ? 1 : 0;
        }

        var last = mix.Granary("mix", TinyMix.Config, "--runs", "killed");
        Assert.That(last.ExitCode, Is.Zero, last.ToString());
        return killed;
    }
}
