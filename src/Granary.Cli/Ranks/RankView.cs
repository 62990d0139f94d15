using System.Globalization;
using Granary.Cli.Terminal;
using Granary.Core.Progress;
using Granary.Core.Runs;

namespace Granary.Cli.Ranks;

/// <summary>What a rank but the first shows: everything goes to its own log in the run's folder, warnings to the outside too.</summary>
internal sealed class RankView : IRunView
{
    private readonly IRunView _log;
    private readonly StreamWriter _writer;
    private readonly Action<string> _warn;

    /// <summary>Opens the log, which goes on behind what is in it.</summary>
    public RankView(string path, TimeProvider time, Action<string> warn)
    {
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        _writer = new StreamWriter(path, append: true);
        _log = new PlainView(_writer, time);
        _warn = warn;
        _log.Say(string.Create(CultureInfo.InvariantCulture, $"process {Environment.ProcessId} on {Environment.MachineName} at {time.GetUtcNow():yyyy-MM-dd'T'HH:mm:ss'Z'}"));
    }

    /// <summary>Where a rank's log lies in a run's folder.</summary>
    public static string PathOf(RunFolder folder, int rank)
    {
        return Path.Combine(folder.Path, "ranks", string.Create(CultureInfo.InvariantCulture, $"rank-{rank}.log"));
    }

    public void BeginStage(string name, string purpose) => _log.BeginStage(name, purpose);

    public void EndStage(string name, string summary, bool wasSkipped) => _log.EndStage(name, summary, wasSkipped);

    public void Say(string line) => _log.Say(line);

    public void Warn(string line)
    {
        _log.Warn(line);
        _warn(line);
    }

    public void Show(string sentence, IReadOnlyList<string> lines) => _log.Show(sentence, lines);

    public void Report(ProgressUpdate value) => _log.Report(value);

    public void Write(RunEvent reported)
    {
        _log.Write(reported);
        if (reported.Kind == ViewEvents.Warning)
        {
            _warn(reported.Texts["reason"]);
        }
    }

    public void Dispose()
    {
        _log.Dispose();
        _writer.Dispose();
    }
}
