namespace Granary.Cli.Jobs;

/// <summary>What a job prints, in a file behind what earlier attempts printed, with the last lines at hand.</summary>
internal sealed class JobLog : IDisposable
{
    private const int LinesKept = 8;

    private readonly StreamWriter _file;
    private readonly Queue<string> _last = [];
    private readonly Lock _lock = new(); // guards both: the lines of the two outputs come on threads of their own

    public JobLog(string path)
    {
        Directory.CreateDirectory(Path.GetDirectoryName(Path.GetFullPath(path))!);
        _file = File.AppendText(path);
        _file.AutoFlush = true;
    }

    /// <summary>The last lines.</summary>
    public string Last
    {
        get
        {
            lock (_lock)
            {
                return string.Join('\n', _last);
            }
        }
    }

    /// <summary>Takes a line.</summary>
    public void Take(string line)
    {
        lock (_lock)
        {
            _file.WriteLine(line);
            _last.Enqueue(line);
            if (_last.Count > LinesKept)
            {
                _last.Dequeue();
            }
        }
    }

    public void Dispose()
    {
        lock (_lock)
        {
            _file.Dispose();
        }
    }
}
