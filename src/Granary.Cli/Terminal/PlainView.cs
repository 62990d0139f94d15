using Granary.Core.Progress;
using Granary.Core.Runs;

namespace Granary.Cli.Terminal;

/// <summary>Plain lines, for output that is no terminal: a line for each stage, and one every few seconds of a long one.</summary>
internal sealed class PlainView(TextWriter output, TimeProvider time) : IRunView
{
    private static readonly TimeSpan Pause = TimeSpan.FromSeconds(5);

    private readonly ProgressRate _rate = new(time);
    private readonly StepClock _clock = new(time);
    private readonly Lock _lock = new(); // guards the writer and the time of the last line: readers report from their own threads
    private long _lastLine = time.GetTimestamp();

    public void BeginStage(string name, string purpose)
    {
        Print($"{name}: {purpose}");
    }

    public void EndStage(string name, string summary, bool wasSkipped)
    {
        Print(wasSkipped ? $"{name}: unchanged - {summary}" : $"{name}: done - {summary}");
    }

    public void Say(string line)
    {
        Print(line);
    }

    public void Warn(string line)
    {
        Print($"warning: {line}");
    }

    public void Show(string sentence, IReadOnlyList<string> lines)
    {
        Print($"  {sentence}");
    }

    public void Report(ProgressUpdate value)
    {
        lock (_lock)
        {
            var (perSecond, left) = _rate.Take(value);
            if (IsDue())
            {
                Print($"  {Phrases.Line(value, perSecond, left)}");
            }
        }
    }

    public void Write(RunEvent reported)
    {
        lock (_lock)
        {
            switch (reported.Kind)
            {
                case "step":
                    var left = _clock.Left(reported);
                    if (reported.Step == 0 || reported.Step + 1 == reported.Numbers["total_steps"] || IsDue())
                    {
                        Print($"  {Phrases.Step(reported, left)}");
                    }

                    break;
                case "skip":
                    Warn($"step {reported.Step}: loss {reported.Numbers["loss"]} or gradient norm {reported.Numbers["gradient_norm"]} is not finite; the update is left out ({reported.Texts["documents"]})");
                    break;
                case "warning":
                    Warn(reported.Texts["reason"]);
                    break;
            }
        }
    }

    public void Dispose()
    {
        output.Flush();
    }

    private bool IsDue()
    {
        return time.GetElapsedTime(_lastLine) >= Pause;
    }

    private void Print(string line)
    {
        lock (_lock)
        {
            output.WriteLine(line);
            output.Flush();
            _lastLine = time.GetTimestamp();
        }
    }
}
