using System.Text;
using Granary.Testing;

namespace Granary.Core.Runs.Tests;

public sealed class EventLogTests
{
    private const string Whole = "{\"kind\":\"step\",\"step\":1}\n";

    [Test]
    public void Events_come_back_in_order_with_every_bit()
    {
        using var folder = new TempFolder();
        RunEvent[] events =
        [
            new() { Kind = "stage", Texts = new Dictionary<string, string> { ["name"] = "corpus \"quoted\"\n" } },
            new() { Kind = "step", Step = 1, Numbers = new Dictionary<string, double> { ["loss"] = 0.1 + 0.2, ["tokens"] = 1e15, ["clip"] = double.PositiveInfinity, ["bad"] = double.NaN } },
        ];

        using (var log = EventLog.Open(folder["events.jsonl"], new FixedTime()))
        {
            Array.ForEach(events, log.Write);
        }

        var read = EventLog.Read(folder["events.jsonl"]).ToArray();
        Assert.That(read.Select(one => one.Kind), Is.EqualTo(new[] { "stage", "step" }));
        Assert.That(read.Select(one => one.Step), Is.EqualTo(new long?[] { null, 1 }));
        Assert.That(read[0].Texts, Is.EqualTo(events[0].Texts));
        Assert.That(read[1].Numbers, Is.EqualTo(events[1].Numbers));
        Assert.That(read[1].Time, Is.EqualTo(new FixedTime().GetUtcNow()));
        Assert.That(File.ReadAllLines(folder["events.jsonl"]), Has.Length.EqualTo(2));
    }

    [Test]
    public void A_line_is_in_the_file_as_soon_as_it_is_written()
    {
        using var folder = new TempFolder();
        using var log = EventLog.Open(folder["events.jsonl"], new FixedTime());

        log.Write(new RunEvent { Kind = "step", Step = 1 });

        Assert.That(EventLog.Read(folder["events.jsonl"]).ToArray(), Has.Length.EqualTo(1));
    }

    [TestCase("{\"kind\":\"st", Description = "half a line")]
    [TestCase("{\"kind\":\"step\",\"step\":2}", Description = "a line without its end")]
    [TestCase("\0\0\0\0", Description = "zeros, as a power cut leaves them")]
    [TestCase("\0\0\n\0\n", Description = "zeros and breaks")]
    [TestCase("{\"step\":2}\n", Description = "an object that is no event")]
    [TestCase("", Description = "nothing")]
    public void Opening_cuts_off_what_is_torn(string tail)
    {
        using var folder = new TempFolder();
        File.WriteAllText(folder["events.jsonl"], Whole + Whole + tail);

        EventLog.Open(folder["events.jsonl"], new FixedTime()).Dispose();

        Assert.That(File.ReadAllText(folder["events.jsonl"]), Is.EqualTo(Whole + Whole));
    }

    [Test]
    public void Every_cut_of_a_log_opens_to_its_whole_lines()
    {
        using var folder = new TempFolder();
        var bytes = Encoding.UTF8.GetBytes(Whole + Whole + Whole);
        for (var length = 0; length <= bytes.Length; length++)
        {
            File.WriteAllBytes(folder["events.jsonl"], bytes[..length]);

            using (var log = EventLog.Open(folder["events.jsonl"], new FixedTime()))
            {
                log.Write(new RunEvent { Kind = "resumed" });
            }

            Assert.That(EventLog.Read(folder["events.jsonl"]).Count(), Is.EqualTo(1 + (length / Whole.Length)));
        }
    }

    [Test]
    public void A_torn_last_line_is_passed_over_while_reading_and_one_within_is_a_fault()
    {
        using var folder = new TempFolder();
        File.WriteAllText(folder["torn.jsonl"], Whole + "{\"kin");
        File.WriteAllText(folder["bad.jsonl"], Whole + "{\"kin\n" + Whole);

        Assert.That(EventLog.Read(folder["torn.jsonl"]).Count(), Is.EqualTo(1));
        Assert.That(Assert.Throws<CorpusException>(() => EventLog.Read(folder["bad.jsonl"]).Count()).Line, Is.EqualTo(2));
    }

    [Test]
    public void Steps_after_the_resumed_one_are_removed_and_nothing_else()
    {
        using var folder = new TempFolder();
        using (var log = EventLog.Open(folder["events.jsonl"], new FixedTime()))
        {
            for (var step = 1; step <= 5; step++)
            {
                log.Write(new RunEvent { Kind = "step", Step = step });
            }

            log.Write(new RunEvent { Kind = "interrupted" });
            log.RemoveAfter(3);
            log.Write(new RunEvent { Kind = "step", Step = 4 });
        }

        Assert.That(
            EventLog.Read(folder["events.jsonl"]).Select(one => one.Step),
            Is.EqualTo(new long?[] { 1, 2, 3, null, 4 }));
    }

    [Test]
    public void Long_lines_and_many_writers_are_kept_apart()
    {
        using var folder = new TempFolder();
        var text = new string('x', 200_000);
        using (var log = EventLog.Open(folder["events.jsonl"], new FixedTime()))
        {
            Parallel.For(0, 20, i => log.Write(new RunEvent { Kind = "step", Step = i, Texts = new Dictionary<string, string> { ["text"] = text } }));
        }

        Assert.That(EventLog.Read(folder["events.jsonl"]).Select(one => one.Step), Is.EquivalentTo(Enumerable.Range(0, 20)));
    }

    private sealed class FixedTime : TimeProvider
    {
        public override DateTimeOffset GetUtcNow()
        {
            return new DateTimeOffset(2026, 1, 2, 3, 4, 5, 678, TimeSpan.Zero);
        }
    }
}
