using Granary.Torch.Native;

namespace Granary.Torch.Kernels.Mixed;

/// <summary>The optimizer's kernels, behind what checks and describes the parameters.</summary>
internal unsafe interface IAdamWCalls
{
    /// <summary>As gn_cuda_adamw_step.</summary>
    void Step(NativeCudaParameter* parameters, int* chunks, long chunkCount, NativeAdamWSettings* settings);

    /// <summary>As gn_cuda_sum_squares.</summary>
    void SumSquares(NativeCudaParameter* parameters, int* chunks, long chunkCount, double* scratch, double* sum);
}
