using Granary.Torch;

namespace Granary.Training.Capture;

/// <summary>Recorded work.</summary>
internal interface IStepGraph : IDisposable
{
    /// <summary>What the work made; of arbitrary content before the first replay.</summary>
    IReadOnlyList<Tensor> Outputs { get; }

    /// <summary>Runs the work on what its inputs hold, behind whatever was launched before.</summary>
    void Replay();
}
