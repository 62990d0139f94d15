namespace Granary.Torch.Kernels;

/// <summary>
/// What attention gave on this thread while this is open: kept the first time, handed out in the same order where the same is
/// computed again. Recalls may be nested; the innermost counts.
/// </summary>
public sealed class AttentionRecall : IDisposable
{
    [ThreadStatic]
    private static AttentionRecall? _current;

    private readonly AttentionRecall? _outer;
    private readonly Queue<Tensor>? _replayed;
    private readonly List<Tensor> _kept = [];

    private AttentionRecall(Queue<Tensor>? replayed)
    {
        _replayed = replayed;
        _outer = _current;
        _current = this;
    }

    /// <summary>What was kept so far; it lives until this is disposed.</summary>
    internal IReadOnlyList<Tensor> Tensors => _kept;

    /// <summary>The results of a call of attention: those kept of it, or what is computed now.</summary>
    /// <param name="compute">Gives as many tensors, of the same shapes, every time.</param>
    /// <param name="count">How many.</param>
    public static Tensor[] Of(Func<Tensor[]> compute, int count)
    {
        ArgumentNullException.ThrowIfNull(compute);
        if (_current is not { } recall)
        {
            return compute();
        }

        if (recall._replayed is { } replayed)
        {
            // Aliases: what the caller gets is an output of its own, with a history of its own.
            return [.. Enumerable.Range(0, count).Select(_ => replayed.Dequeue().detach())];
        }

        var results = compute();
        recall._kept.AddRange(results.Select(result => result.DetachUnkept()));
        return results;
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _current = _outer;
        _kept.ForEach(tensor => tensor.Dispose());
        _kept.Clear();
    }

    /// <summary>Keeps what attention gives.</summary>
    internal static AttentionRecall Keep() => new(replayed: null);

    /// <summary>Hands out what was kept.</summary>
    internal static AttentionRecall Replay(IEnumerable<Tensor> kept) => new(new Queue<Tensor>(kept));
}
