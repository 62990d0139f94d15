using Granary.Core.Progress;

namespace Granary.Pipelines.Corpus;

/// <summary>Reports progress in bytes, once in a while.</summary>
internal sealed class ProgressMeter
{
    private const long ReportBytes = 1 << 20;

    private readonly IProgress<ProgressUpdate>? _progress;
    private readonly string _task;
    private readonly long _total;
    private long _done;
    private long _reported;

    public ProgressMeter(IProgress<ProgressUpdate>? progress, string task, long total)
    {
        _progress = progress;
        _task = task;
        _total = total;
    }

    public void Advance(long bytes)
    {
        _done += bytes;
        if (_done - _reported >= ReportBytes)
        {
            Report();
        }
    }

    public void Finish()
    {
        Report();
    }

    private void Report()
    {
        _reported = _done;
        _progress?.Report(new ProgressUpdate(_task, _done, _total, "bytes"));
    }
}
