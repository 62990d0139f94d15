using Granary.Cli.Terminal;
using Granary.Core.Runs;
using Granary.Testing;

namespace Granary.Cli.Ranks.Tests;

public sealed class RankRelayTests
{
    private readonly ManualClock _clock = new();
    private StringWriter _shown = new();

    [SetUp]
    public void Begin()
    {
        _shown = new StringWriter();
    }

    [TearDown]
    public void End() => _shown.Dispose();

    [Test]
    public void Rank_0_is_shown_as_if_the_launcher_trained_itself()
    {
        var (own, relayed) = (new StringWriter(), new StringWriter());
        var relay = new RankRelay(new PlainView(relayed, _clock), ranks: 2);
        using var rank0 = new JsonView(new LineWriter(line => relay.TakeOutput(0, line)), _clock);

        foreach (var view in (IRunView[])[new PlainView(own, _clock), rank0])
        {
            view.BeginStage("train", "next-token");
            view.Say("going on from step 3");
            view.Warn("odd");
            view.Write(Terminal.Tests.ProgressRateTests.Step(0));
            view.EndStage("train", "20 steps", wasSkipped: false);
        }

        Assert.That(relayed.ToString(), Is.EqualTo(own.ToString()));
        Assert.That(relay.StepsDone, Is.EqualTo(1));
    }

    [Test]
    public void Other_ranks_are_heard_of_by_warnings_and_by_lines_that_are_no_events()
    {
        var relay = new RankRelay(new PlainView(_shown, _clock), ranks: 3);
        using var rank2 = new JsonView(new LineWriter(line => relay.TakeOutput(2, line)), _clock);

        rank2.BeginStage("train", "next-token");
        rank2.Warn("odd");
        relay.TakeOutput(1, "native chatter");
        relay.TakeError(2, "more of it");

        Assert.That(Lines(), Is.EqualTo(new[] { "warning: [rank 2] odd", "[rank 1] native chatter", "[rank 2] more of it" }));
    }

    [Test]
    public void Json_output_stays_json_whatever_a_rank_writes()
    {
        var relay = new RankRelay(new JsonView(_shown, _clock), ranks: 2);

        relay.TakeOutput(1, "{\"no\": \"event\"}");
        relay.TakeError(1, "text");

        Assert.That(Lines().Select(line => RunEvent.TryParse(System.Text.Encoding.UTF8.GetBytes(line))!.Texts["text"]), Is.EqualTo(new[] { "[rank 1] {\"no\": \"event\"}", "[rank 1] text" }));
    }

    [Test]
    public void A_ranks_error_is_kept_for_its_end_with_all_its_lines()
    {
        var relay = new RankRelay(new PlainView(_shown, _clock), ranks: 2);

        relay.TakeError(1, "granary: demo.yaml has 2 faults:");
        relay.TakeError(1, "  - one");
        relay.TakeOutput(1, new RunEvent { Kind = ViewEvents.LostPeer }.ToString());

        Assert.That(_shown.ToString(), Is.Empty);
        Assert.That(relay.EndingOf(1, exitCode: 2, wasStopped: false), Is.EqualTo(new RankEnding(1, 2, "demo.yaml has 2 faults:\n  - one", LostPeer: true, WasStopped: false)));
        Assert.That(relay.EndingOf(0, exitCode: 0, wasStopped: false).Error, Is.Empty);
    }

    private string[] Lines() => _shown.ToString().Split('\n', StringSplitOptions.RemoveEmptyEntries);

    // Hands every line on, as a pipe between two processes does.
    private sealed class LineWriter(Action<string> taken) : StringWriter
    {
        public override void WriteLine(string? value) => taken(value!);
    }
}
