namespace Granary.Torch.Distributed;

/// <summary>An exchange that has begun. Its tensors may be neither changed nor read before <see cref="wait"/> has returned.</summary>
public abstract class Work
{
    /// <summary>An exchange in which there is nothing to do.</summary>
    public static Work Done { get; } = new Finished();

    /// <summary>Returns when the exchange is done; further calls return at once.</summary>
    /// <exception cref="DistributedException">A peer did not answer in time, or is gone.</exception>
    public abstract void wait();

    private sealed class Finished : Work
    {
        public override void wait()
        {
        }
    }
}
