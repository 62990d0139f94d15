namespace Granary.Torch.Cuda;

/// <summary>What a GPU is.</summary>
/// <param name="Name">As its maker calls it.</param>
/// <param name="TotalMemory">Bytes.</param>
/// <param name="Multiprocessors">How many there are.</param>
/// <param name="Major">Of the compute capability.</param>
/// <param name="Minor">Of the compute capability.</param>
public readonly record struct CudaDevice(string Name, long TotalMemory, int Multiprocessors, int Major, int Minor);
