namespace Granary.Torch;

/// <summary>What a loss does with its elements, with libtorch's numbers.</summary>
public enum Reduction
{
    /// <summary>One loss for each element.</summary>
    None = 0,

    /// <summary>The mean over the elements that count.</summary>
    Mean = 1,

    /// <summary>The sum over the elements that count.</summary>
    Sum = 2,
}
