using Granary.Cli.Commands;

namespace Granary.Cli.Ranks.Tests;

public sealed class RankFailureTests
{
    private static readonly RankFailure Failure = new(Size: 4, Step: 120, Saved: 100);

    [Test]
    public void A_killed_rank_is_named_with_the_signal_the_step_and_what_to_do()
    {
        var failure = Failure.ToException([Lost(1, "rank 3 closed its connection"), Killed(3, signal: 9), Stopped(0), Lost(2, "rank 3 closed its connection")]);

        Assert.That(failure.Rank, Is.EqualTo(3));
        Assert.That(failure.ExitCode, Is.EqualTo(ExitCodes.Failed));
        Assert.That(failure.Message.Split('\n'), Is.EqualTo(new[]
        {
            "Rank 3 is gone (killed by signal 9) at step 120; ranks 0, 1 and 2 were stopped. Run the same command again to go on from step 100. If nobody killed it, the machine ran out of memory: lower training.tokens_per_microbatch or --ranks.",
            "  [rank 1] rank 3 closed its connection",
            "  [rank 2] rank 3 closed its connection",
        }));
    }

    [Test]
    public void A_ranks_own_error_comes_before_what_it_led_to_whoever_ended_first()
    {
        var failure = new RankFailure(2, Step: null, Saved: null).ToException([Lost(0, "rank 1 is silent"), new RankEnding(1, ExitCodes.WrongUsage, "'seed' is 'x'.", LostPeer: false, WasStopped: true)]);

        Assert.That(failure.ExitCode, Is.EqualTo(ExitCodes.WrongUsage));
        Assert.That(failure.Message.Split('\n'), Is.EqualTo(new[]
        {
            "[rank 1] 'seed' is 'x'.",
            "Rank 1 failed before the first step; rank 0 was stopped. Mend what it names and run the command again.",
            "  [rank 0] rank 1 is silent",
        }));
    }

    [Test]
    public void Where_all_only_miss_another_the_first_of_them_is_shown()
    {
        var failure = Failure.ToException([Lost(2, "Rank 1 did not answer within 60 s."), Lost(0, "Rank 1 did not answer within 60 s."), Stopped(1), Stopped(3)]);

        Assert.That(failure.Message, Does.StartWith("[rank 2] Rank 1 did not answer within 60 s.\nAll other ranks were stopped. Run the same command again"));
    }

    [Test]
    public void A_consequence_is_shortened_to_a_line()
    {
        var failure = Failure.ToException([Killed(3, signal: 11), Lost(0, new string('x', 300) + "\nmore")]);

        var line = failure.Message.Split('\n')[1];
        Assert.That(line, Has.Length.LessThan(200));
        Assert.That(line, Does.StartWith("  [rank 0] xxx").And.EndsWith("..."));
    }

    private static RankEnding Lost(int rank, string error) => new(rank, ExitCodes.Failed, error, LostPeer: true, WasStopped: true);

    private static RankEnding Killed(int rank, int signal) => new(rank, 128 + signal, string.Empty, LostPeer: false, WasStopped: false);

    private static RankEnding Stopped(int rank) => new(rank, 128 + 9, string.Empty, LostPeer: false, WasStopped: true);
}
