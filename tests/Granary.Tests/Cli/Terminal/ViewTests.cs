using System.Text.Json;
using Granary.Core.Progress;
using Granary.Core.Runs;
using Granary.Testing;

namespace Granary.Cli.Terminal.Tests;

public sealed class ViewTests
{
    private readonly ManualClock _clock = new();

    [Test]
    public void Plain_output_has_a_line_for_each_stage_and_for_a_long_task_one_every_few_seconds()
    {
        var output = new StringWriter();
        using var view = new PlainView(output, _clock);

        view.BeginStage("corpus", "read");
        for (var second = 0; second <= 10; second++)
        {
            view.Report(new ProgressUpdate("reading", second, 10, "files"));
            _clock.Advance(TimeSpan.FromSeconds(1));
        }

        view.EndStage("corpus", "10 files", wasSkipped: false);
        view.EndStage("tokenizer", "300 entries", wasSkipped: true);
        view.Warn("odd");

        Assert.That(Lines(output), Is.EqualTo(new[]
        {
            "corpus: read", "  reading: 50 % of 10 files, 1 files/s, 5 s left", "  reading: 100 % of 10 files, 1 files/s, 0 s left",
            "corpus: done - 10 files", "tokenizer: unchanged - 300 entries", "warning: odd",
        }));
    }

    [Test]
    public void Plain_output_shows_the_first_and_the_last_step()
    {
        var output = new StringWriter();
        using var view = new PlainView(output, _clock);

        for (var step = 0; step < 20; step++)
        {
            view.Write(ProgressRateTests.Step(step));
        }

        Assert.That(Lines(output), Has.Length.EqualTo(2));
        Assert.That(Lines(output)[0], Does.StartWith("  step 1/20  loss 2.5000  1,500 tokens/s  rows of 64"));
        Assert.That(Lines(output)[1], Does.StartWith("  step 20/20"));
    }

    [Test]
    public void Left_out_updates_and_warnings_are_shown_in_every_view()
    {
        var (plain, live, json) = (new StringWriter(), new StringWriter(), new StringWriter());
        IRunView[] views = [new PlainView(plain, _clock), new LiveView(live, () => 80, _clock), new JsonView(json, _clock)];

        foreach (var view in views)
        {
            view.Write(new RunEvent
            {
                Kind = "skip",
                Step = 3,
                Numbers = new Dictionary<string, double> { ["loss"] = double.NaN, ["gradient_norm"] = 1 },
                Texts = new Dictionary<string, string> { ["documents"] = "doc-7" },
            });
            view.Write(new RunEvent { Kind = "warning", Texts = new Dictionary<string, string> { ["reason"] = "disk full" } });
            view.Dispose();
        }

        foreach (var output in new[] { plain, live, json })
        {
            Assert.That(output.ToString(), Does.Contain("doc-7").And.Contain("NaN").And.Contain("disk full"));
        }
    }

    [Test]
    public void Json_output_is_one_object_a_line_and_progress_comes_once_a_second()
    {
        var output = new StringWriter();
        using var view = new JsonView(output, _clock);

        view.BeginStage("corpus", "read");
        for (var tenth = 0; tenth < 25; tenth++)
        {
            view.Report(new ProgressUpdate("reading", tenth, 100, "files"));
            _clock.Advance(TimeSpan.FromMilliseconds(100));
        }

        view.Say("two\nlines");
        var kinds = Lines(output).Select(line => JsonSerializer.Deserialize<JsonElement>(line).GetProperty("kind").GetString());

        Assert.That(kinds, Is.EqualTo(new[] { "stage_begin", "progress", "progress", "note" }));
    }

    [Test]
    public void A_terminal_keeps_finished_stages_and_clears_what_it_drew_below_them()
    {
        var output = new StringWriter();
        var view = new LiveView(output, () => 40, _clock);

        view.BeginStage("train", "a purpose");
        for (var step = 0; step < 5; step++)
        {
            _clock.Advance(TimeSpan.FromSeconds(1));
            view.Write(ProgressRateTests.Step(step, loss: 5 - step));
        }

        view.EndStage("train", "5 steps", wasSkipped: false);
        view.Dispose();

        var screen = Screen(output.ToString());
        Assert.That(screen, Has.None.Contains("a purpose"), "what was drawn is cleared");
        Assert.That(screen[^1], Is.EqualTo("\u2713 train 5 steps"));
        Assert.That(screen, Has.Count.EqualTo(9), "the curve's eight lines stay above the stage's");
        Assert.That(screen[0], Does.StartWith("   5.000 "));
    }

    [Test]
    public void No_drawn_line_is_wider_than_the_terminal()
    {
        var output = new StringWriter();
        using var view = new LiveView(output, () => 30, _clock);

        view.BeginStage("train", new string('x', 200));
        _clock.Advance(TimeSpan.FromSeconds(1));
        view.Report(new ProgressUpdate(new string('y', 200), 1, 2, "files"));

        Assert.That(Screen(output.ToString()).Max(line => line.Length), Is.LessThanOrEqualTo(29));
    }

    private static string[] Lines(StringWriter output)
    {
        return output.ToString().Split('\n', StringSplitOptions.RemoveEmptyEntries);
    }

    // A terminal as far as the view needs one: lines, "up so many", "clear below", colours without effect.
    private static List<string> Screen(string written)
    {
        var lines = new List<string> { string.Empty };
        for (var index = 0; index < written.Length; index++)
        {
            switch (written[index])
            {
                case '\e':
                    var end = index + 2;
                    while (!char.IsAsciiLetter(written[end]))
                    {
                        end++;
                    }

                    if (written[end] == 'A')
                    {
                        var up = int.Parse(written.AsSpan(index + 2, end - index - 2), System.Globalization.CultureInfo.InvariantCulture);
                        lines.RemoveRange(lines.Count - 1 - up, up + 1); // always followed by "clear below"
                        lines.Add(string.Empty);
                    }

                    index = end;
                    break;
                case '\n':
                    lines.Add(string.Empty);
                    break;
                case '\r':
                    break;
                default:
                    lines[^1] += written[index];
                    break;
            }
        }

        Assert.That(lines[^1], Is.Empty);
        return lines[..^1];
    }
}
