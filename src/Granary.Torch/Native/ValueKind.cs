namespace Granary.Torch.Native;

/// <summary>The kinds of operator.h, by the same numbers.</summary>
internal enum ValueKind
{
    None = 0,
    Tensor = 1,
    Integer = 2,
    Real = 3,
    Boolean = 4,
    Integers = 5,
    Reals = 6,
    Tensors = 7,
    Text = 8,
    Generator = 9,
}
