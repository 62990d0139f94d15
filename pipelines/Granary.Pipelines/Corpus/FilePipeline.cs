namespace Granary.Pipelines.Corpus;

/// <summary>
/// Reads several files at a time and gives them out in their order. At most four files a worker are under way or
/// waiting, each with a few batches, so memory does not grow with the corpus.
/// </summary>
internal sealed class FilePipeline : IDisposable
{
    private readonly IReadOnlyList<FileRead> _files;
    private readonly SemaphoreSlim _window;
    private readonly CancellationTokenSource _stop;
    private readonly Task[] _workers;
    private int _next = -1;

    public FilePipeline(IReadOnlyList<FileRead> files, int workers, CancellationToken cancellationToken)
    {
        _files = files;
        _window = new SemaphoreSlim(4 * workers);
        _stop = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);

        // A cancelled taker must not wait for a batch that no worker will bring, nor a worker for a taker.
        _stop.Token.Register(Abandon);
        _workers = [.. Enumerable.Range(0, workers).Select(_ => Task.Factory.StartNew(Work, CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default))];
    }

    /// <summary>The files, in order; each must be taken to its end before the next.</summary>
    public IEnumerable<FileRead> Files()
    {
        foreach (var file in _files)
        {
            yield return file;
            _window.Release();
        }
    }

    public void Dispose()
    {
        _stop.Cancel();
        Task.WaitAll(_workers);
        _stop.Dispose();
        _window.Dispose();
    }

    private void Work()
    {
        try
        {
            while (true)
            {
                // The permit comes before the file: files are begun in order, so the one that is taken next is always under way.
                _window.Wait(_stop.Token);
                var index = Interlocked.Increment(ref _next);
                if (index >= _files.Count)
                {
                    return;
                }

                _files[index].Run();
            }
        }
        catch (OperationCanceledException)
        {
            // Disposed, or cancelled by the caller, who is told by the taker.
        }
    }

    private void Abandon()
    {
        foreach (var file in _files)
        {
            file.Batches.Abandon();
            file.Batches.Complete();
        }
    }
}
