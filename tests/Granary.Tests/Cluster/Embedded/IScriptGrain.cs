using Orleans;
using Orleans.Concurrency;

namespace Granary.Cluster.Embedded.Tests;

/// <summary>A grain that does what a test tells it; in the process a call can carry a delegate.</summary>
public interface IScriptGrain : IGrainWithStringKey
{
    Task RunAsync(Func<ScriptGrain, Task> script);

    [AlwaysInterleave]
    Task RunBetweenAsync(Func<ScriptGrain, Task> script);

    Task<string> AskAsync(Func<ScriptGrain, Task<string>> script);

    Task RunUntilAsync(Func<ScriptGrain, CancellationToken, Task> script, CancellationToken cancellationToken);

    Task ThrowAtOnceAsync();
}
