using Granary.Torch.Native;

namespace Granary.Torch.Kernels.Mixed;

/// <summary>The optimizer's kernels on a GPU.</summary>
internal sealed unsafe class CudaAdamWCalls : IAdamWCalls
{
    public void Step(NativeCudaParameter* parameters, int* chunks, long chunkCount, NativeAdamWSettings* settings)
    {
        NativeStatus.Check(NativeMethods.gn_cuda_adamw_step(parameters, chunks, chunkCount, settings));
    }

    public void SumSquares(NativeCudaParameter* parameters, int* chunks, long chunkCount, double* scratch, double* sum)
    {
        NativeStatus.Check(NativeMethods.gn_cuda_sum_squares(parameters, chunks, chunkCount, scratch, sum));
    }
}
