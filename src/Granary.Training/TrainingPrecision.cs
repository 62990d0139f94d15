namespace Granary.Training;

/// <summary>The type that matrix products' factors are in; parameters, gradients and the optimizer's state are always float32.</summary>
public enum TrainingPrecision
{
    /// <summary>float32.</summary>
    Fp32,

    /// <summary>bfloat16, with sums, norms and the loss in float32; on the CPU all between the products too.</summary>
    Bf16,
}
