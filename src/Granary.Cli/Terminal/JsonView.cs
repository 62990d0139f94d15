using System.Text;
using Granary.Core.Progress;
using Granary.Core.Runs;

namespace Granary.Cli.Terminal;

/// <summary>One JSON object a line, for programs: the run's events, the stages, and progress once a second.</summary>
internal sealed class JsonView(TextWriter output, TimeProvider time) : IRunView
{
    private static readonly TimeSpan Pause = TimeSpan.FromSeconds(1);

    private readonly ProgressRate _rate = new(time);
    private readonly Lock _lock = new(); // guards the writer and the time of the last progress line
    private long _lastProgress = time.GetTimestamp();

    public void BeginStage(string name, string purpose)
    {
        Write(new RunEvent { Kind = ViewEvents.StageBegin, Texts = new Dictionary<string, string> { ["stage"] = name, ["purpose"] = purpose } });
    }

    public void EndStage(string name, string summary, bool wasSkipped)
    {
        Write(new RunEvent
        {
            Kind = ViewEvents.StageEnd,
            Numbers = new Dictionary<string, double> { ["skipped"] = wasSkipped ? 1 : 0 },
            Texts = new Dictionary<string, string> { ["stage"] = name, ["summary"] = summary },
        });
    }

    public void Say(string line)
    {
        Write(new RunEvent { Kind = ViewEvents.Note, Texts = new Dictionary<string, string> { ["text"] = line } });
    }

    public void Warn(string line)
    {
        Write(new RunEvent { Kind = ViewEvents.Warning, Texts = new Dictionary<string, string> { ["reason"] = line } });
    }

    public void Report(ProgressUpdate value)
    {
        lock (_lock)
        {
            var (perSecond, left) = _rate.Take(value);
            if (time.GetElapsedTime(_lastProgress) < Pause)
            {
                return;
            }

            _lastProgress = time.GetTimestamp();
            var numbers = new Dictionary<string, double> { ["done"] = value.Done, ["total"] = value.Total, ["per_second"] = perSecond };
            if (left is { } remaining)
            {
                numbers["seconds_left"] = remaining.TotalSeconds;
            }

            Write(new RunEvent { Kind = ViewEvents.Progress, Numbers = numbers, Texts = new Dictionary<string, string> { ["task"] = value.Task, ["unit"] = value.Unit } });
        }
    }

    public void Write(RunEvent reported)
    {
        lock (_lock)
        {
            output.WriteLine(Encoding.UTF8.GetString((reported with { Time = reported.Time ?? time.GetUtcNow() }).ToJson()));
            output.Flush();
        }
    }

    public void Dispose()
    {
        output.Flush();
    }
}
