using Orleans;

namespace Granary.Bench.GrainCall;

/// <summary>A grain that gives back what it is given.</summary>
public interface IEchoGrain : IGrainWithStringKey
{
    /// <summary>Gives back the number.</summary>
    Task<int> EchoAsync(int number);

    /// <summary>Calls another grain so often, one call after the other.</summary>
    Task EchoOfAsync(string other, int calls);
}
