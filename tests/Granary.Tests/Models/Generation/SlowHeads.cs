using Granary.Models.Generation.Drafting;
using Granary.Testing;
using Granary.Torch;

namespace Granary.Models.Generation.Tests;

/// <summary>Heads that take a second to read, on a clock on which model calls take no time.</summary>
internal sealed class SlowHeads(IDraftHeads inner, ManualClock clock) : IDraftHeads
{
    public int Readings { get; private set; }

    public int Count => inner.Count;

    public bool FollowLikeliest => inner.FollowLikeliest;

    public void Read(Tensor trunk_TC, ReadOnlySpan<int> rows, ReadOnlySpan<int> following)
    {
        Readings++;
        clock.Advance(TimeSpan.FromSeconds(1));
        inner.Read(trunk_TC, rows, following);
    }

    public Tensor Logits() => inner.Logits();

    public void Dispose()
    {
        inner.Dispose();
    }
}
