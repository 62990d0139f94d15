using System.Collections.Concurrent;
using System.Runtime.ExceptionServices;
using Granary.Core;

namespace Granary.Data.Shards;

/// <summary>Runs a function over a stream on many workers and hands the results out in the stream's order.</summary>
public static class OrderedParallel
{
    /// <summary>
    /// Maps a stream with a bounded number, and with <paramref name="weigh"/> a bounded weight, of items in hand; the
    /// source is read by the consumer's thread; the results, and so everything made from them, do not depend on the
    /// number of workers.
    /// </summary>
    /// <exception cref="CorpusException">The function failed; the message names the item by its number and <paramref name="name"/>.</exception>
    public static IEnumerable<TResult> Map<TSource, TResult>(
        IEnumerable<TSource> source,
        Func<TSource, TResult> map,
        OrderedParallelOptions options,
        Func<TSource, string>? name = null,
        Func<TSource, long>? weigh = null,
        CancellationToken cancellationToken = default)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(options.Workers, 1);
        ArgumentOutOfRangeException.ThrowIfLessThan(options.Ahead, options.Workers);
        return Run(source, map, options, name ?? (item => $"{item}"), weigh ?? (_ => 0), cancellationToken);
    }

    private static IEnumerable<TResult> Run<TSource, TResult>(
        IEnumerable<TSource> source,
        Func<TSource, TResult> map,
        OrderedParallelOptions options,
        Func<TSource, string> name,
        Func<TSource, long> weigh,
        CancellationToken cancellationToken)
    {
        using var work = new BlockingCollection<Slot<TSource, TResult>>(options.Ahead);
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        var workers = new Task[options.Workers];
        for (var i = 0; i < workers.Length; i++)
        {
            workers[i] = Task.Factory.StartNew(() => Work(work, map, stop.Token), CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default);
        }

        try
        {
            var waiting = new Queue<Slot<TSource, TResult>>(options.Ahead);
            var (index, weight) = (0L, 0L);
            foreach (var item in source)
            {
                cancellationToken.ThrowIfCancellationRequested();
                var slot = new Slot<TSource, TResult>(index++, item, weigh(item));
                while (waiting.Count == options.Ahead || (waiting.Count > 0 && weight > options.WeightAhead - slot.Weight))
                {
                    var first = waiting.Dequeue();
                    weight -= first.Weight;
                    yield return Take(first, name, cancellationToken);
                }

                weight += slot.Weight;
                waiting.Enqueue(slot);
                work.Add(slot, cancellationToken);
            }

            work.CompleteAdding();
            while (waiting.TryDequeue(out var slot))
            {
                yield return Take(slot, name, cancellationToken);
            }
        }
        finally
        {
            // Also when the consumer stops early: the workers end before their queue is disposed.
            stop.Cancel();
            Task.WaitAll(workers, CancellationToken.None);
        }
    }

    private static void Work<TSource, TResult>(BlockingCollection<Slot<TSource, TResult>> work, Func<TSource, TResult> map, CancellationToken stop)
    {
        try
        {
            foreach (var slot in work.GetConsumingEnumerable(stop))
            {
                slot.Run(map);
            }
        }
        catch (OperationCanceledException) when (stop.IsCancellationRequested)
        {
            // The consumer has stopped; what is left in the queue is not wanted.
        }
    }

    private static TResult Take<TSource, TResult>(Slot<TSource, TResult> slot, Func<TSource, string> name, CancellationToken cancellationToken)
    {
        try
        {
            slot.Result.Wait(cancellationToken);
            return slot.Result.Result;
        }
        catch (AggregateException exception)
        {
            var inner = exception.InnerException!;
            if (inner is OperationCanceledException)
            {
                ExceptionDispatchInfo.Throw(inner);
            }

            throw new CorpusException(name(slot.Item), $"item {slot.Index} of the stream could not be worked on: {inner.Message}", inner: inner);
        }
    }

    private sealed class Slot<TSource, TResult>(long index, TSource item, long weight)
    {
        private readonly TaskCompletionSource<TResult> _completion = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public long Index { get; } = index;

        public TSource Item { get; } = item;

        public long Weight { get; } = weight;

        public Task<TResult> Result => _completion.Task;

        public void Run(Func<TSource, TResult> map)
        {
            try
            {
                _completion.SetResult(map(Item));
            }
            catch (Exception exception)
            {
                // Handed to the consumer, who throws it with the item's name when its turn comes.
                _completion.SetException(exception);
            }
        }
    }
}
