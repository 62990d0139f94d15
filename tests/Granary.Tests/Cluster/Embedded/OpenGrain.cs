using Orleans;
using Orleans.Concurrency;

namespace Granary.Cluster.Embedded.Tests;

[Reentrant]
public sealed class OpenGrain : Grain, IOpenGrain
{
    public Task RunAsync(Func<Task> script) => script();
}
