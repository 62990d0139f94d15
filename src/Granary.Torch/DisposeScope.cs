namespace Granary.Torch;

/// <summary>
/// Owns the tensors created on its thread while it is the innermost scope, and disposes them at its end, unless they
/// were moved out.
/// </summary>
public sealed class DisposeScope : IDisposable
{
    // Scopes open and end with every function; lists that were emptied serve the next ones.
    private const int MostSpareLists = 16;
    private const int LongestSpareList = 1_024;

    [ThreadStatic]
    private static DisposeScope? _current;

    [ThreadStatic]
    private static Stack<List<Tensor>>? _spareLists;

    private readonly DisposeScope? _outer;
    private readonly List<Tensor> _tensors = _spareLists is { Count: > 0 } spare ? spare.Pop() : [];
    private readonly int _thread = Environment.CurrentManagedThreadId;
    private bool _isDisposed;

    internal DisposeScope()
    {
        _outer = _current;
        _current = this;
    }

    /// <summary>Frees what a scope holds that nobody disposed and nobody can reach any more.</summary>
    ~DisposeScope()
    {
        DisposeTensors();
    }

    /// <summary>The innermost scope of this thread, or null.</summary>
    public static DisposeScope? Current => _current;

    /// <summary>Tensors the scope owns.</summary>
    public int Count => _isDisposed ? 0 : _tensors.Count;

    /// <summary>Disposes the scope's tensors; scopes end in the reverse order of their beginning, on their own thread.</summary>
    /// <exception cref="InvalidOperationException">An inner scope is still open, or the thread is another.</exception>
    public void Dispose()
    {
        if (_isDisposed)
        {
            return;
        }

        if (_current != this)
        {
            throw new InvalidOperationException(
                _thread == Environment.CurrentManagedThreadId
                    ? "A dispose scope was ended while a scope inside it is still open; end the inner one first."
                    : $"A dispose scope of thread {_thread} was ended on thread {Environment.CurrentManagedThreadId}; no await may stand inside a scope.");
        }

        _isDisposed = true;
        _current = _outer;
        DisposeTensors();
        KeepList();
        GC.SuppressFinalize(this);
    }

    /// <summary>Hands a tensor to the scope around this one, or to nobody where there is none; leaves one alone that is not in this scope.</summary>
    /// <exception cref="InvalidOperationException">The scope is another thread's.</exception>
    internal void MoveOut(Tensor tensor)
    {
        if (!tensor.IsIn(this))
        {
            return;
        }

        Remove(tensor);
        if (_outer is null)
        {
            tensor.BecomeUnscoped();
        }
        else
        {
            _outer.Add(tensor);
        }
    }

    internal void Add(Tensor tensor)
    {
        tensor.EnterScope(this, _tensors.Count);
        _tensors.Add(tensor);
    }

    /// <summary>Lets a tensor go; the last one takes its place, so that removal costs nothing.</summary>
    /// <exception cref="InvalidOperationException">The scope is another thread's.</exception>
    internal void Remove(Tensor tensor)
    {
        if (_thread != Environment.CurrentManagedThreadId)
        {
            throw new InvalidOperationException(
                $"A tensor in a dispose scope of thread {_thread} was disposed or moved on thread {Environment.CurrentManagedThreadId}; detach it from its scope on its own thread first.");
        }

        var index = tensor.ScopeIndex;
        var last = _tensors[^1];
        _tensors[index] = last;
        last.EnterScope(this, index);
        _tensors.RemoveAt(_tensors.Count - 1);
    }

    private void KeepList()
    {
        _spareLists ??= new Stack<List<Tensor>>(MostSpareLists);
        if (_spareLists.Count < MostSpareLists && _tensors.Capacity <= LongestSpareList)
        {
            _spareLists.Push(_tensors);
        }
    }

    private void DisposeTensors()
    {
        foreach (var tensor in _tensors)
        {
            tensor.FreeFromScope();
        }

        _tensors.Clear();
    }
}
