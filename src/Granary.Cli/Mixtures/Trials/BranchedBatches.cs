using Granary.Data.Batching;

namespace Granary.Cli.Mixtures.Trials;

/// <summary>The steps of a proxy that goes on from a trunk: those before are the trunk's, and are not asked for.</summary>
internal sealed class BranchedBatches : IBatchSource
{
    private readonly IBatchSource _behind;
    private readonly long _steps;

    /// <summary>Puts the steps of <paramref name="behind"/> behind so many others.</summary>
    public BranchedBatches(IBatchSource behind, long steps)
    {
        _behind = behind;
        _steps = steps;
    }

    /// <inheritdoc/>
    public long TotalSteps => _steps + _behind.TotalSteps;

    /// <inheritdoc/>
    public long TokensPerStep => _behind.TokensPerStep;

    /// <inheritdoc/>
    public string OrderSha256 => _behind.OrderSha256;

    /// <inheritdoc/>
    public TokenBatch Load(long step)
    {
        return _behind.Load(step - _steps);
    }
}
