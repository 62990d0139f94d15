using Granary.Core.Progress;
using Granary.Core.Runs;

namespace Granary.Cli.Terminal;

/// <summary>
/// What people, or scripts, see of a run while it goes on. It hears of every event that also goes to events.jsonl and
/// decides what to show of it.
/// </summary>
internal interface IRunView : IMetricSink, IProgress<ProgressUpdate>, IDisposable
{
    /// <summary>A stage begins: its name and, in a few words, what it does.</summary>
    void BeginStage(string name, string purpose);

    /// <summary>A stage ended: what came of it in one line; a skipped one had nothing to do.</summary>
    void EndStage(string name, string summary, bool wasSkipped);

    /// <summary>A fact worth reading.</summary>
    void Say(string line);

    /// <summary>Something the user should know and may want to change.</summary>
    void Warn(string line);

    /// <summary>How a long task stands: as lines in the place of those before, or as a sentence where lines stay; nothing where events tell it.</summary>
    void Show(string sentence, IReadOnlyList<string> lines)
    {
    }
}
