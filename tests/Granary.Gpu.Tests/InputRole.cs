namespace Granary.Gpu.Tests;

/// <summary>What an input of a kernel is.</summary>
internal enum InputRole
{
    /// <summary>In the type of the computation, with a gradient.</summary>
    Activation,

    /// <summary>In float32 whatever is computed in, with a gradient.</summary>
    Parameter,

    /// <summary>As it is, without a gradient.</summary>
    Given,
}
