using System.Globalization;
using System.Text.Json;
using Granary.Testing;

namespace Granary.EndToEnd.Tests;

public sealed class ManyRanksTests
{
    private const double Rounding = 1e-5;

    private static readonly TimeSpan Soon = TimeSpan.FromSeconds(30);

    private TinyRun _run = null!;

    private static string Alone => FinishedRun.RunOfTwoRanks.RunPath;

    [OneTimeSetUp]
    public void Make_a_folder()
    {
        _run = new TinyRun();
    }

    [OneTimeTearDown]
    public void Remove()
    {
        _run.Dispose();
    }

    [Test]
    public void Two_ranks_with_other_rows_lose_what_one_loses_and_go_the_whole_way()
    {
        var alone = FinishedRun.ResultOfTwoRanks;

        Assert.That(alone.ExitCode, Is.Zero, alone.ToString());
        AssertSameCurve(Alone);
        Assert.That(Path.Combine(Alone, "export", "huggingface", "model.safetensors"), Does.Exist);
        Assert.That(File.ReadAllText(Path.Combine(Alone, "ranks", "rank-1.log")), Does.Contain("train: done - 40 of 40 steps"));
        Assert.That(Path.Combine(Alone, "ranks", "rank-0.log"), Does.Not.Exist);
        var kinds = alone.Lines.Select(line => JsonSerializer.Deserialize<JsonElement>(line).GetProperty("kind").GetString()).ToList();
        Assert.That(kinds.Count(kind => kind == "step"), Is.EqualTo(TinyRun.Steps), "each step once, from rank 0");
        Assert.That(alone.Error, Is.Empty);
    }

    [TestCase("2", "auto", Category = "Slow", Description = "rows only are cut, by schedules of the run's own choice")]
    [TestCase("4", "token-ring/burst", Description = "two groups with other rows, each of two ranks with other positions")]
    public void Ranks_with_other_positions_lose_what_one_loses(string ranks, string schedules)
    {
        var runs = $"sequence-{ranks}";

        var result = _run.Granary("train", TinyRun.Config, "--runs", runs, "--ranks", ranks, "--set", "parallel.sequence_ranks=2", "--set", $"parallel.sequence_parallel={schedules}");

        Assert.That(result.ExitCode, Is.Zero, result.ToString());
        Assert.That(result.Output, Does.Contain($"on {ranks} ranks (").And.Contain("x 2 sequence) of 1 thread each"));
        AssertSameCurve(_run[runs, "tiny"]);
    }

    [Test]
    [Category("Slow")]
    public void Operands_that_travel_rounded_lose_nearly_the_same()
    {
        string[] Command(string runs, string wire) =>
            ["train", TinyRun.Config, "--runs", runs, "--ranks", "2", "--set", "parallel.sequence_ranks=2", "--set", "parallel.sequence_parallel=ring", "--set", $"parallel.sequence_wire={wire}", "--set", "parallel.compare_calls=true"];

        var whole = _run.Granary(Command("whole", "as-is"));
        var rounded = _run.Granary(Command("rounded", "bfloat16"));

        Assert.That(whole.ExitCode, Is.Zero, whole.ToString());
        Assert.That(rounded.ExitCode, Is.Zero, rounded.ToString());
        var (exact, near) = (TinyRun.Losses(_run["whole", "tiny"]), TinyRun.Losses(_run["rounded", "tiny"]));
        Assert.That(near.Zip(exact, (one, other) => Math.Abs((one.Loss / other.Loss) - 1)).Max(), Is.LessThan(1e-2).And.GreaterThan(0));
        AssertSameCurve(_run["whole", "tiny"]);
    }

    [TestCase(1)]
    [TestCase(0, Category = "Slow", Description = "the rank at which all meet and which writes")]
    public void A_killed_rank_is_named_all_end_and_the_run_goes_on_with_the_same_bits(int rank)
    {
        var runs = $"killed-{rank}";
        string[] command = ["run", TinyRun.Config, "--runs", runs, "--ranks", "2"];
        using var process = GranaryProcess.Start(_run.Folder, [.. command, "--json"]);
        process.WaitForLine(line => line.Contains("\"kind\":\"checkpoint\"", StringComparison.Ordinal));
        var ranks = RankProcesses.All(process, 2);

        ranks[rank].Kill();
        var killed = process.WaitForEnd();

        Assert.That(killed.ExitCode, Is.EqualTo(1), killed.ToString());
        Assert.That(killed.ErrorLines[0], Does.StartWith($"granary: Rank {rank} is gone (killed by signal 9) at step ").And.Contain($"; rank {1 - rank} was stopped. Run the same command again to go on from step "));
        Assert.That(killed.ErrorLines.Skip(1), Has.All.StartsWith($"  [rank {1 - rank}] "));
        Assert.That(ranks.All(started => started.WaitForExit(Soon)), Is.True, "nothing is left behind");
        var resumed = _run.Granary(command);
        Assert.That(resumed.ExitCode, Is.Zero, resumed.ToString());
        Assert.That(resumed.Output, Does.Contain("going on from step "));
        TinyRun.AssertSameBits(Alone, _run[runs, "tiny"]);
    }

    [Test]
    public void An_interruption_ends_all_ranks_at_one_step_saves_and_says_how_to_go_on()
    {
        using var process = GranaryProcess.Start(_run.Folder, "run", TinyRun.Config, "--runs", "stopped", "--ranks", "2", "--json");
        process.WaitForLine(IsStep(0));
        process.Interrupt();
        var interrupted = process.WaitForEnd();

        Assert.That(interrupted.ExitCode, Is.EqualTo(130), interrupted.ToString());
        Assert.That(interrupted.Error.Trim(), Is.EqualTo("granary: saving; press Ctrl-C again to end at once without saving."));
        Assert.That(interrupted.Lines[^1], Does.Contain("Go on with: granary run stopped/tiny/config.yaml --runs stopped --ranks 2"));
        var done = TinyRun.Losses(_run["stopped", "tiny"]).Count;
        Assert.That(File.ReadAllText(_run["stopped", "tiny", "latest"]), Does.Contain($"step-{done:D8}"), "the step at hand is saved");
        var resumed = _run.Granary("run", "stopped/tiny/config.yaml", "--runs", "stopped", "--ranks", "2");
        Assert.That(resumed.ExitCode, Is.Zero, resumed.ToString());
        TinyRun.AssertSameBits(Alone, _run["stopped", "tiny"]);
    }

    [Test]
    public void Ranks_die_with_a_launcher_that_is_killed_and_until_then_the_run_is_its_own()
    {
        using var process = GranaryProcess.Start(_run.Folder, "train", TinyRun.Config, "--runs", "orphans", "--ranks", "2", "--json", "--set", "training.steps=400", "--set", "batching.passes=3");
        process.WaitForLine(IsStep(0));
        var ranks = RankProcesses.All(process, 2);

        var second = _run.Granary("train", "orphans/tiny/config.yaml", "--runs", "orphans", "--ranks", "2");
        process.Kill();

        Assert.That(second.ExitCode, Is.EqualTo(1), second.ToString());
        Assert.That(second.Error, Does.Contain("is in use by process"));
        Assert.That(ranks.All(started => started.WaitForExit(Soon)), Is.True);
    }

    [Test]
    public void Processes_with_torchruns_variables_are_ranks_and_come_to_the_same_bits()
    {
        var results = RunAsTorchrun([[], []], "run", TinyRun.Config, "--runs", "torchrun");

        Assert.That(results.Select(result => result.ExitCode), Is.All.Zero, string.Join('\n', results));
        Assert.That(results[1].Output + results[1].Error, Is.Empty, "other ranks are quiet");
        TinyRun.AssertSameBits(Alone, _run["torchrun", "tiny"]);
    }

    [Test]
    public void A_rank_with_another_configuration_ends_all_with_one_error()
    {
        var results = RunAsTorchrun([[], ["--set", "seed=8"]], "train", TinyRun.Config, "--runs", "other");

        Assert.That(results.Select(result => result.ExitCode), Is.All.EqualTo(2), string.Join('\n', results));
        Assert.That(results[0].Error, Does.Contain("Rank 1 has another configuration than rank 0: line 2 is 'seed: 8' there and 'seed: 7' here."));
        Assert.That(results[1].Error, Is.Empty);
        Assert.That(_run["other"], Does.Not.Exist);
    }

    [Test]
    public void What_cannot_be_is_refused_before_anything_begins()
    {
        using var half = GranaryProcess.StartWith(new Dictionary<string, string> { ["RANK"] = "0" }, _run.Folder, "train", TinyRun.Config, "--runs", "refused");
        var uneven = _run.Granary("train", TinyRun.Config, "--runs", "refused", "--ranks", "3", "--set", "parallel.sequence_ranks=2");
        var headless = _run.Granary("train", TinyRun.Config, "--runs", "refused", "--ranks", "4", "--set", "parallel.sequence_ranks=4", "--set", "parallel.sequence_parallel=ulysses");
        var halfEnd = half.WaitForEnd();

        Assert.That(new[] { halfEnd.ExitCode, uneven.ExitCode, headless.ExitCode }, Is.All.EqualTo(2));
        Assert.That(halfEnd.Error, Does.Contain("'WORLD_SIZE' is not set, but others of the same launcher are (RANK)"));
        Assert.That(uneven.Error, Does.Contain("'parallel.sequence_ranks' is '2' but must divide the number of ranks, which is 3."));
        Assert.That(headless.Error, Does.Contain("there are '2' heads for 4 ranks"));
        Assert.That(_run["refused"], Does.Not.Exist);
    }

    internal static Predicate<string> IsStep(long step)
    {
        return line => line.Contains("\"kind\":\"step\"", StringComparison.Ordinal) && JsonSerializer.Deserialize<JsonElement>(line).GetProperty("step").GetInt64() >= step;
    }

    private static void AssertSameCurve(string run)
    {
        var (one, many) = (TinyRun.Losses(FinishedRun.Run.RunPath), TinyRun.Losses(run));
        Assert.That(many.Select(step => step.Step), Is.EqualTo(one.Select(step => step.Step)));
        Assert.That(many.Select(step => step.Loss), Is.EqualTo(one.Select(step => step.Loss)).Within(Rounding));
    }

    private GranaryResult[] RunAsTorchrun(string[][] own, params string[] command)
    {
        var port = FreePort.Find();
        var processes = own.Select((arguments, rank) => GranaryProcess.StartWith(Variables(rank, own.Length, port), _run.Folder, [.. command, .. arguments])).ToList();
        try
        {
            return [.. processes.Select(process => process.WaitForEnd())];
        }
        finally
        {
            processes.ForEach(process => process.Dispose());
        }
    }

    private static Dictionary<string, string> Variables(int rank, int size, int port)
    {
        string Text(int number) => number.ToString(CultureInfo.InvariantCulture);
        return new Dictionary<string, string>
        {
            ["RANK"] = Text(rank),
            ["WORLD_SIZE"] = Text(size),
            ["LOCAL_RANK"] = Text(rank),
            ["LOCAL_WORLD_SIZE"] = Text(size),
            ["MASTER_ADDR"] = "127.0.0.1",
            ["MASTER_PORT"] = Text(port),
        };
    }
}
