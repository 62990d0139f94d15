using Granary.Models.Language;
using Granary.Torch;
using Granary.Torch.Cuda;

namespace Granary.Training.Capture;

/// <summary>Records steps as CUDA graphs.</summary>
internal sealed class CudaStepCapture : IStepCapture
{
    private CudaStepCapture()
    {
    }

    /// <summary>The capture of a model's device; null where it cannot record.</summary>
    internal static IStepCapture? For(LanguageModel model)
    {
        return model.parameters().First().device.Type == DeviceType.CUDA ? new CudaStepCapture() : null;
    }

    public IStepGraph Capture(Func<IReadOnlyList<Tensor>> work)
    {
        // Recorded work has memory of its own; what steps that ran as they are have left free would lie idle beside it.
        torch.cuda.empty_cache();
        IReadOnlyList<Tensor> outputs = [];
        return new Graph(CudaGraph.Capture(() => outputs = work()), outputs);
    }

    private sealed class Graph(CudaGraph graph, IReadOnlyList<Tensor> outputs) : IStepGraph
    {
        public IReadOnlyList<Tensor> Outputs => outputs;

        public void Replay() => graph.Replay();

        public void Dispose()
        {
            graph.Dispose();
            foreach (var output in outputs)
            {
                output.Dispose();
            }
        }
    }
}
