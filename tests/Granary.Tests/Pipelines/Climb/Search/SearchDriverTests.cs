using Granary.Core.Randomness;
using Granary.Pipelines.Climb.Predictors;
using Granary.Testing;

namespace Granary.Pipelines.Climb.Search.Tests;

public sealed class SearchDriverTests
{
    private const long Seed = 5;

    private static readonly ClimbConfig Config = new()
    {
        Rounds = [12, 6, 4],
        Sampling = new() { MinWeight = 0.01 },
        Pool = new() { Size = 400 },
        Predictors = [new GaussianProcessConfig()],
    };

    private IReadOnlyDictionary<string, string> _leftAlone = null!; // what a search writes that is never killed

    [OneTimeSetUp]
    public async Task SearchOnce()
    {
        using var folder = new TempFolder();
        await RunAsync(folder["whole"], new FakeTrials(Spaces.Bowl(0.5, 0.3, 0.2, 0)), WriteWhole);
        _leftAlone = Proposals(folder["whole"]);
    }

    [Test]
    public async Task A_search_finds_the_bottom_of_a_bowl_and_keeps_to_its_number_of_trials()
    {
        var space = Spaces.Even(4);
        var (trials, observer) = (new FakeTrials(Spaces.Bowl(0.5, 0.3, 0.2, 0)), new SilentObserver());
        var search = Config.Build(space, Seed);

        var choice = await new SearchDriver(search, Config, new SearchMemory(), trials, observer).RunAsync(CancellationToken.None);

        Assert.That(choice.Weights.Sum(), Is.EqualTo(1).Within(1e-12));
        Assert.That(choice.Measured, Is.LessThan(2.02));
        Assert.That(observer.Rounds, Is.EqualTo(new[] { (1, 12), (2, 6), (3, 4), (4, 8) }));
        Assert.That(trials.Made.Values.Sum(), Is.EqualTo(search.Trials));
        Assert.That(observer.Choice, Is.SameAs(choice));
    }

    [Test]
    public async Task A_search_killed_at_random_moments_proposes_the_same_bytes([Range(1, 24)] int seed)
    {
        using var folder = new TempFolder();

        // Each life ends at a random one of its writes: before it, in the middle of it, or behind it.
        var key = RandomKey.FromSeed(seed);
        var lives = 0;
        while (true)
        {
            var (life, left) = (key.Fold(lives++), 0);
            left = (int)life.BelowAt(0, 25);
            try
            {
                await RunAsync(folder["killed"], new FakeTrials(Spaces.Bowl(0.5, 0.3, 0.2, 0), order: seed + lives), (file, text) => WriteOrDie(file, text, ref left, life));
                break;
            }
            catch (KilledException)
            {
                // The next life goes on from the folder.
            }
        }

        Assert.That(lives, Is.GreaterThan(1));
        Assert.That(Proposals(folder["killed"]), Is.EqualTo(_leftAlone));
    }

    [Test]
    public async Task A_trial_that_fails_is_made_again_twice_and_no_more()
    {
        using var folder = new TempFolder();
        var trials = new FakeTrials(trial => trial.Round == 1 && trial.Index == 3 ? double.NaN : Spaces.Bowl(0.5, 0.3, 0.2, 0)(trial));

        await RunAsync(folder["search"], trials, WriteWhole, Config with { MinComplete = 0.5 });

        var failed = SearchFolder.Read(folder["search"]).ReadTrials().Single(finished => finished.Result.HasFailed);
        Assert.That(trials.Made[failed.Trial.Id], Is.EqualTo(3));
        Assert.That(trials.Made.Where(made => made.Key != failed.Trial.Id).Select(made => made.Value), Has.All.EqualTo(1));
    }

    [TestCase(1, 0.95, 1, Description = "what has nothing else needs it")]
    [TestCase(6, 0.95, 5)]
    [TestCase(16, 0.95, 15)]
    [TestCase(20, 0.95, 19, Description = "0.95 times 20 is 19 but for rounding")]
    [TestCase(12, 1, 12)]
    public void So_many_of_a_round_must_have_a_result(int trials, double share, int needed)
    {
        var config = new RandomConfig { Trials = trials, MinComplete = share, Retries = 0 };
        Func<Trial, double> Failing(int failed) => trial => trial.Index < failed ? double.NaN : 1;

        Assert.That(() => Drive(config, Failing(trials - needed)), Throws.Nothing);
        Assert.That(() => Drive(config, Failing(trials - needed + 1)), Throws.TypeOf<MixtureSearchException>().With.Message.Contains($"but {needed} must succeed"));
    }

    [Test]
    public void A_round_with_too_few_results_ends_the_search_with_a_sentence()
    {
        var trials = new FakeTrials(_ => double.NaN);

        var thrown = Assert.ThrowsAsync<MixtureSearchException>(() => new SearchDriver(Config.Build(Spaces.Even(4), Seed), Config, new SearchMemory(), trials, new SilentObserver()).RunAsync(CancellationToken.None));

        Assert.That(thrown.Message, Does.Contain("Of the '12' trials of round 1, '12' failed"));
    }

    [Test]
    public async Task A_folder_of_other_settings_is_refused()
    {
        using var folder = new TempFolder();
        await RunAsync(folder["search"], new FakeTrials(Spaces.Bowl(0.5, 0.3, 0.2, 0)), WriteWhole);

        Assert.That(() => SearchFolder.Open(folder["search"], Spaces.Even(4), "others"), Throws.TypeOf<MixtureSearchException>().With.Message.Contains("other settings"));
    }

    private static async Task Drive(SearchConfig config, Func<Trial, double> score)
    {
        await new SearchDriver(config.Build(Spaces.Even(4), Seed), config, new SearchMemory(), new FakeTrials(score), new SilentObserver()).RunAsync(CancellationToken.None);
    }

    private static async Task RunAsync(string folder, ITrialRunner trials, Action<string, string> write, ClimbConfig? config = null)
    {
        var space = Spaces.Even(4);
        var state = SearchFolder.Open(folder, space, "settings", write);
        await new SearchDriver((config ?? Config).Build(space, Seed), config ?? Config, state, trials, new SilentObserver()).RunAsync(CancellationToken.None);
    }

    private static void WriteWhole(string file, string text)
    {
        File.WriteAllText(file, text);
    }

    private static void WriteOrDie(string file, string text, ref int left, RandomKey life)
    {
        var death = left-- > 0 ? -1 : life.BelowAt(1, 3);
        if (death == 0)
        {
            throw new KilledException();
        }

        var temporary = Granary.Core.Files.AtomicFile.TemporaryNameFor(file);
        File.WriteAllText(temporary, death == 1 ? text[..(text.Length / 2)] : text);
        if (death == 1)
        {
            throw new KilledException();
        }

        File.Move(temporary, file, overwrite: true);
        if (death == 2)
        {
            throw new KilledException();
        }
    }

    private static IReadOnlyDictionary<string, string> Proposals(string folder)
    {
        return Directory.GetFiles(Path.Combine(folder, "rounds"), "*.json*", SearchOption.AllDirectories)
            .Where(file => !file.Contains(Granary.Core.Files.AtomicFile.TemporaryMark, StringComparison.Ordinal))
            .Append(Path.Combine(folder, "choice.json"))
            .ToDictionary(file => Path.GetRelativePath(folder, file), File.ReadAllText);
    }

    private sealed class KilledException : Exception;
}
