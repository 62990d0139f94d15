using System.Collections.Concurrent;
using Orleans;

namespace Granary.Cluster.Embedded.Tests;

/// <summary>What grains write down about their lives, and what a test does at its borders.</summary>
public sealed class Journal
{
    private readonly ConcurrentQueue<(string Key, string Event)> _events = new();

    public Func<ScriptGrain, Task> Activating { get; set; } = _ => Task.CompletedTask;

    public Func<ScriptGrain, Task> Deactivating { get; set; } = _ => Task.CompletedTask;

    public void Write(ScriptGrain grain, string what) => _events.Enqueue((grain.GetPrimaryKeyString(), what));

    public IReadOnlyList<string> Of(string key) => [.. _events.Where(entry => entry.Key == key).Select(entry => entry.Event)];
}
