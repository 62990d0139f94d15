using Granary.Core.Runs;

namespace Granary.Cluster.Generations.Tests;

public sealed class RankWordsTests
{
    [Test]
    public void Steps_and_stages_say_how_far_it_is()
    {
        var words = new RankWords();

        words.Take(new RunEvent { Kind = "stage_begin", Texts = new Dictionary<string, string> { ["stage"] = "train", ["purpose"] = "x" } }.ToString());
        words.Take(new RunEvent { Kind = "step", Step = 11 }.ToString());

        Assert.That(words.Progress, Is.EqualTo(new RankProgress("train", 12)));
    }

    [Test]
    public void A_rank_that_reports_no_steps_says_how_many_are_done()
    {
        var words = new RankWords();

        words.Take(new RunEvent { Kind = "stage_begin", Texts = new Dictionary<string, string> { ["stage"] = "train" } }.ToString());
        words.Take(new RunEvent { Kind = "progress", Texts = new Dictionary<string, string> { ["task"] = "train", ["unit"] = "steps" }, Numbers = new Dictionary<string, double> { ["done"] = 12, ["total"] = 40 } }.ToString());

        Assert.That(words.Progress, Is.EqualTo(new RankProgress("train", 12)));
    }

    [Test]
    public void A_failure_says_where_and_what_was_said_last()
    {
        var words = new RankWords();

        words.Take(new RunEvent { Kind = "step", Step = 11 }.ToString());
        words.Take("granary: The disk is full.");

        Assert.That(words.FailureOf(1), Is.EqualTo("It ended with '1' at start, step 12. It said last: The disk is full."));
    }

    [Test]
    public void One_that_missed_another_says_so_first()
    {
        var words = new RankWords();

        words.Take(new RunEvent { Kind = "lost_peer" }.ToString());

        Assert.That(words.FailureOf(1), Does.StartWith(RankWords.MissedPeer));
    }

    [Test]
    public void A_failure_is_never_longer_than_a_request_may_hold()
    {
        var words = new RankWords();

        words.Take(new string('x', 100_000));

        Assert.That(words.FailureOf(1), Has.Length.LessThan(1_000));
    }

    [Test]
    public void What_is_shown_is_the_last_line_cut_to_a_length_that_a_list_bears()
    {
        var words = new RankWords();
        var before = words.Shown;

        words.Take("split 3: 12 of 40 files");
        var line = words.Shown;
        words.Take(new string('x', 100_000));

        Assert.That((before, line), Is.EqualTo(((string?)null, "split 3: 12 of 40 files")));
        Assert.That(words.Shown, Has.Length.EqualTo(200));
    }

    [TestCase("train", 12L, null)]
    [TestCase("train", 0L, "evaluation 3/20")]
    public void Progress_reads_back(string phase, long step, string? detail)
    {
        var progress = new RankProgress(phase, step, detail);

        Assert.That(RankProgress.TryParse(progress.ToString()), Is.EqualTo(progress));
    }

    [TestCase(null)]
    [TestCase("something else")]
    [TestCase("train, step x")]
    public void What_is_no_progress_is_none(string? text)
    {
        Assert.That(RankProgress.TryParse(text), Is.Null);
    }
}
