using Orleans;

namespace Granary.Bench.GrainCall;

/// <summary>Gives back what it is given.</summary>
public sealed class EchoGrain : Grain, IEchoGrain
{
    /// <inheritdoc/>
    public Task<int> EchoAsync(int number) => Task.FromResult(number);

    /// <inheritdoc/>
    public async Task EchoOfAsync(string other, int calls)
    {
        var grain = GrainFactory.GetGrain<IEchoGrain>(other);
        for (var call = 0; call < calls; call++)
        {
            await grain.EchoAsync(call);
        }
    }
}
