using Granary.Core.Configuration;
using Granary.Core.Jobs;
using Granary.Core.Runs;
using Granary.Data.Batching.Tests;
using Granary.Data.Shards;
using Granary.Data.Tokenization;
using Granary.Pipelines.Climb.Mixtures;
using Granary.Pipelines.Climb.Search;
using Granary.Testing;

namespace Granary.Cli.Mixtures.Trials.Tests;

public sealed class ProcessTrialRunnerTests
{
    private static readonly ShardManifest Manifest = MixtureSamples.OfSources(["notes", "web"], (4, [100, 300]));
    private static readonly MixComponents Components = MixComponents.OfSources(Manifest);
    private static readonly MixtureSpace Space = new(Components.All);

    [Test]
    public async Task Each_trial_s_result_is_what_its_process_left()
    {
        using var folder = new TempFolder();
        var runner = Runner(folder, new FakeLauncher());

        var results = await AllOf(runner, Trial("a", 0.25), Trial("b", 0.5));

        Assert.That(results.Select(result => (result.Id, result.Score)), Is.EquivalentTo(new[] { ("a", 0.25), ("b", 0.5) }));
    }

    [Test]
    public async Task What_the_store_holds_is_not_run_again_by_any_search()
    {
        using var folder = new TempFolder();
        var launcher = new FakeLauncher();
        await AllOf(Runner(folder, launcher), Trial("a", 0.25), Trial("b", 0.5));

        var results = await AllOf(Runner(folder, launcher), Trial("c", 0.5), Trial("d", 0.75));

        Assert.That(results.Select(result => (result.Id, result.Score)), Is.EquivalentTo(new[] { ("c", 0.5), ("d", 0.75) }));
        Assert.That(launcher.Jobs, Is.EqualTo(3));
    }

    [Test]
    public async Task Two_trials_of_one_content_share_a_process()
    {
        using var folder = new TempFolder();
        var launcher = new FakeLauncher();

        var results = await AllOf(Runner(folder, launcher), Trial("a", 0.25), Trial("twin", 0.25));

        Assert.That(results.Select(result => result.Id), Is.EquivalentTo(new[] { "a", "twin" }));
        Assert.That(launcher.Jobs, Is.EqualTo(1));
    }

    [Test]
    public async Task A_process_that_leaves_nothing_is_a_failure_that_may_be_tried_again()
    {
        using var folder = new TempFolder();
        var launcher = new FakeLauncher { Fails = 1 };
        var runner = Runner(folder, launcher);

        var first = await AllOf(runner, Trial("a", 0.25));
        var second = await AllOf(runner, Trial("a", 0.25));

        Assert.That(first.Single().HasFailed, Is.True);
        Assert.That(first.Single().Failure, Does.Contain("ended with '137'").And.Contain("out of memory"));
        Assert.That(second.Single().Score, Is.EqualTo(0.25));
    }

    [Test]
    public async Task A_proxy_that_diverged_fails_beside_others_that_do_not_and_is_not_trained_again()
    {
        using var folder = new TempFolder();
        var launcher = new FakeLauncher { Diverges = 0.5 };
        var runner = Runner(folder, launcher);

        await AllOf(runner, Trial("a", 0.25), Trial("b", 0.5), Trial("c", 0.75));
        var again = await AllOf(runner, Trial("b", 0.5));

        Assert.That(again.Single().Failure, Is.EqualTo("diverged"));
        Assert.That(launcher.Jobs, Is.EqualTo(3));
    }

    [Test]
    public void A_proxy_s_key_holds_what_decides_its_result_and_nothing_else()
    {
        using var folder = new TempFolder();
        string KeyOf(string more, Trial trial, string beside = "") => Runner(folder, new FakeLauncher(), more, beside).SpecOf(trial).Key;
        var trial = Trial("a", 0.25);

        var key = KeyOf(string.Empty, trial);

        Assert.That(KeyOf(string.Empty, trial with { Id = "b", Round = 3, Index = 7, Origin = TrialOrigin.Local }), Is.EqualTo(key));
        Assert.That(KeyOf("proxy: {places: 3, checkpoint_every: 1m}", trial), Is.EqualTo(key));
        Assert.That(KeyOf(string.Empty, trial with { Seed = 2 }), Is.Not.EqualTo(key));
        Assert.That(KeyOf(string.Empty, Trial("a", 0.26)), Is.Not.EqualTo(key));
        Assert.That(KeyOf("proxy: {tokens: 2000000}", trial), Is.Not.EqualTo(key));
        Assert.That(KeyOf("proxy: {trunk_share: 0.5}", trial), Is.Not.EqualTo(key));
        Assert.That(KeyOf("proxy: {precision: bf16}", trial), Is.Not.EqualTo(key), "losses that are rounded otherwise");
        Assert.That(KeyOf(string.Empty, trial, "training: {fused_kernels: false}"), Is.Not.EqualTo(key), "other kernels round otherwise");
        Assert.That(KeyOf(string.Empty, trial with { GroupDro = new(1, 1e-3) }), Is.Not.EqualTo(KeyOf(string.Empty, trial with { GroupDro = new(2, 1e-3) })));
    }

    [Test]
    public async Task Proxies_that_share_a_trunk_wait_for_it()
    {
        using var folder = new TempFolder();
        var launcher = new FakeLauncher();

        var results = await AllOf(Runner(folder, launcher, "proxy: {trunk_share: 0.5}"), Trial("a", 0.25), Trial("b", 0.5));

        Assert.That(results, Has.Count.EqualTo(2));
        Assert.That(launcher.Specs.Select(spec => spec.IsTrunk), Is.EqualTo(new[] { true, false, false }));
        Assert.That(launcher.Specs.Skip(1).Select(spec => spec.Trunk), Is.All.EqualTo(launcher.Specs[0].Key));
    }

    [Test]
    public async Task The_clock_counts_processes_and_not_what_the_store_holds()
    {
        using var folder = new TempFolder();
        var (first, second) = (new PoolClock(new ManualClock(), places: 2), new PoolClock(new ManualClock(), places: 2));

        await AllOf(Runner(folder, new FakeLauncher { Fails = 1 }, clock: first), Trial("a", 0.25), Trial("b", 0.5));
        await AllOf(Runner(folder, new FakeLauncher(), clock: second), Trial("a", 0.25), Trial("b", 0.5));

        Assert.That((first.Use.Proxies, second.Use.Proxies), Is.EqualTo((2, 1)), "one failed and was trained again");
    }

    private static ProcessTrialRunner Runner(TempFolder folder, IJobLauncher launcher, string more = "", string beside = "", PoolClock? clock = null)
    {
        var config = ConfigurationFile.Parse<RunConfig>($$"""
            name: run
            corpus: {sources: [{name: notes, type: text, paths: [x]}, {name: web, type: text, paths: [x]}]}
            mix: {search: {type: random}, objective: {metrics: [{name: heldout.web}]}, {{(more.Length > 0 ? more : "seed: 1")}}}
            {{beside}}
            """, "run.yaml");
        var tokenizer = Tokenizer.Create(new TokenizerConfig { Type = TokenizerConfig.Bytes }, []);
        var inputs = new ProxyInputs(config, RunFolder.At(folder["run"]), Manifest, tokenizer, Components, []);
        return new ProcessTrialRunner(inputs, Space, launcher, new ProxyStore(folder["store"]), _ => throw new InvalidOperationException(), clock ?? new PoolClock(new ManualClock(), launcher.Places));
    }

    private static Trial Trial(string id, double notes)
    {
        return new Trial { Id = id, Round = 1, Index = 0, Weights = [notes, 1 - notes], Origin = TrialOrigin.Drawn, Seed = 1 };
    }

    private static async Task<List<TrialResult>> AllOf(ProcessTrialRunner runner, params Trial[] trials)
    {
        var results = new List<TrialResult>();
        await foreach (var result in runner.RunAsync(trials, CancellationToken.None))
        {
            results.Add(result);
        }

        return results;
    }

    // Scores a proxy by the weight of notes.
    private sealed class FakeLauncher : IJobLauncher
    {
        private readonly Lock _lock = new();

        public int Places => 2;

        public int Fails { get; set; }

        public double Diverges { get; init; } = -1;

        public List<ProxySpec> Specs { get; } = [];

        public int Jobs => Specs.Count;

        public Task<JobOutcome> RunAsync(JobSpec job, CancellationToken cancellationToken)
        {
            job.Begun?.Invoke();
            lock (_lock)
            {
                var spec = SearchJson.ReadFile<ProxySpec>(job.Arguments[2]);
                Specs.Add(spec);
                if (Fails-- > 0)
                {
                    return Task.FromResult(new JobOutcome(137, "out of memory"));
                }

                var score = spec.IsTrunk ? 0 : spec.Weights["notes"];
                var result = new TrialResult { Id = spec.Key, Score = score == Diverges ? double.NaN : score, Failure = score == Diverges ? "diverged" : null };
                SearchJson.WriteFile(Path.Combine(Path.GetDirectoryName(job.Arguments[2])!, ProxyStore.ResultName), result);
                return Task.FromResult(new JobOutcome(0, string.Empty));
            }
        }
    }
}
