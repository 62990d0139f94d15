using Granary.Torch;

namespace Granary.Training.Capture;

/// <summary>Records work on a device, to be launched again as one.</summary>
internal interface IStepCapture
{
    /// <summary>
    /// Records work without running it on the device. What it does on the host is done once, here; the tensors that it makes
    /// and that somebody holds stay where they are, and every replay writes them.
    /// </summary>
    /// <param name="work">Makes the outputs, and reads nothing back.</param>
    IStepGraph Capture(Func<IReadOnlyList<Tensor>> work);
}
