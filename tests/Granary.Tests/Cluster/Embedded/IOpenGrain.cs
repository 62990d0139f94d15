using Orleans;

namespace Granary.Cluster.Embedded.Tests;

public interface IOpenGrain : IGrainWithStringKey
{
    Task RunAsync(Func<Task> script);
}
