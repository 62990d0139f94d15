using Granary.Core.Runs;

namespace Granary.Cli.Stages;

/// <summary>Hands every event to several sinks, in order.</summary>
internal sealed class MetricFanOut(params IMetricSink[] sinks) : IMetricSink
{
    public void Write(RunEvent reported)
    {
        foreach (var sink in sinks)
        {
            sink.Write(reported);
        }
    }
}
