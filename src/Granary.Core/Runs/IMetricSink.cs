namespace Granary.Core.Runs;

/// <summary>Takes what a run reports about itself; safe to call from several threads.</summary>
public interface IMetricSink
{
    /// <summary>Keeps an event; the sink adds the time.</summary>
    void Write(RunEvent reported);
}
