using System.Collections.Concurrent;
using Granary.Core;
using Granary.Data.Shards;

namespace Granary.Data.Batching;

/// <summary>
/// Copies the rows of a step out of the shards, and those of the following steps ahead of time on the thread pool. It
/// has no position: any step may be asked for, and a step's batch is the same whatever was asked before.
/// </summary>
/// <remarks>One thread at a time may call it. The shard set must outlive it.</remarks>
public sealed class BatchLoader : IBatchSource, IDisposable
{
    private readonly ShardSet _shards;
    private readonly IStepSource _steps;
    private readonly BatchShare _share;
    private readonly Func<long, SegmentLaw> _lawAt;
    private readonly int _stepsAhead;
    private readonly int _tokensPerBuffer;
    private readonly int _rowsPerBuffer;
    private readonly Dictionary<long, Task<TokenBatch>> _ahead = [];
    private readonly ConcurrentBag<BatchBuffer> _free = [];
    private readonly List<Task> _abandoned = [];

    /// <summary>
    /// Creates a loader of a share of every step, which keeps the next <paramref name="stepsAhead"/> steps ready; 0 loads
    /// when asked. <paramref name="lawAt"/> says what packed rows show in a step; without it, all that is in front.
    /// </summary>
    public BatchLoader(ShardSet shards, IStepSource steps, BatchShare? share = null, int stepsAhead = 2, Func<long, SegmentLaw>? lawAt = null)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(stepsAhead);
        _shards = shards;
        _steps = steps;
        _share = share ?? BatchShare.Whole;
        ArgumentOutOfRangeException.ThrowIfLessThan(_share.Count, 1);
        ArgumentOutOfRangeException.ThrowIfNegative(_share.Index);
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual(_share.Index, _share.Count);
        _lawAt = lawAt ?? (_ => SegmentLaw.Joined);
        _stepsAhead = stepsAhead;

        // A share is rounded to whole rows, so of any length it is the largest that fixes the memory.
        foreach (var exponent in shards.Manifest.Buckets.Select(bucket => bucket.Exponent))
        {
            var rows = (int)(steps.TokensPerStep >> exponent);
            var largest = (rows + _share.Count - 1) / _share.Count;
            _rowsPerBuffer = Math.Max(_rowsPerBuffer, largest);
            _tokensPerBuffer = Math.Max(_tokensPerBuffer, largest << exponent);
        }
    }

    /// <inheritdoc/>
    public long TotalSteps => _steps.TotalSteps;

    /// <inheritdoc/>
    public long TokensPerStep => _steps.TokensPerStep;

    /// <inheritdoc/>
    public string OrderSha256 => _steps.OrderSha256;

    /// <inheritdoc/>
    /// <exception cref="CorpusException">A shard of the step is damaged.</exception>
    public TokenBatch Load(long step)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(step);
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual(step, TotalSteps);
        AbandonExcept(step, Math.Min(step + _stepsAhead, TotalSteps - 1));
        if (!_ahead.Remove(step, out var current))
        {
            current = Task.FromResult(Read(step));
        }

        for (var next = step + 1; next <= step + _stepsAhead && next < TotalSteps; next++)
        {
            var stepToRead = next;
            if (!_ahead.ContainsKey(next))
            {
                _ahead.Add(next, Task.Run(() => Read(stepToRead)));
            }
        }

        return current.GetAwaiter().GetResult();
    }

    /// <summary>Waits for what is being loaded ahead; batches that were handed out stay valid.</summary>
    public void Dispose()
    {
        AbandonExcept(1, 0);
        Task.WaitAll(_abandoned);
        _abandoned.Clear();
    }

    private void AbandonExcept(long first, long last)
    {
        _abandoned.RemoveAll(task => task.IsCompleted);
        foreach (var (step, task) in _ahead.Where(entry => entry.Key < first || entry.Key > last).ToList())
        {
            _ahead.Remove(step);

            // A fault in a step that nobody asks for is nobody's business; asked for again, it shows again.
            _abandoned.Add(task.ContinueWith(done => done.IsCompletedSuccessfully ? Give(done.Result) : done.Exception is null, TaskScheduler.Default));
        }
    }

    private static bool Give(TokenBatch batch)
    {
        batch.Dispose();
        return true;
    }

    private TokenBatch Read(long step)
    {
        var plan = _steps.PlanAt(step);
        var length = 1 << plan.Exponent;
        var isPacked = _shards.Manifest.Identity.IsPacked;
        var law = isPacked ? _lawAt(step) : SegmentLaw.Joined;
        var (first, end) = _share.Of(plan.Rows.Count);
        if (!_free.TryTake(out var buffer))
        {
            buffer = new BatchBuffer(_tokensPerBuffer, _rowsPerBuffer, isPacked);
        }

        // All of the step's blocks are on their way before the first is waited for.
        for (var i = first; i < end; i++)
        {
            _shards.WillRead(plan.Exponent, plan.Rows[i]);
        }

        for (var i = 0; i < end - first; i++)
        {
            var row = plan.Rows[first + i];
            var tokens = buffer.Tokens.AsSpan(i * length, length);
            var targets = buffer.Targets.AsSpan(i * length, length);
            _shards.CopyRow(plan.Exponent, row, tokens);
            tokens[1..].CopyTo(targets);
            var next = _shards.NextToken(plan.Exponent, row);
            targets[^1] = next >= 0 ? next : TokenBatch.IgnoredTarget;
            buffer.Provenance[i] = _shards.Provenance(plan.Exponent, row);
            if (isPacked)
            {
                var segments = law.HasSegments ? buffer.Segments.AsSpan(i * length, length) : [];
                var positions = law.ResetsPositions ? buffer.Positions.AsSpan(i * length, length) : [];
                SegmentWriter.Fill(law, _shards.Borders(plan.Exponent, row), buffer.Provenance[i].Flags, segments, positions, targets);
            }
        }

        return new TokenBatch(step, end - first, length, buffer, _free.Add, law, first);
    }
}
