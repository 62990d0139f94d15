using Granary.Torch;

namespace Granary.Checkpoints.HuggingFace;

/// <summary>The element types of weights, in the words of safetensors and of config.json's "torch_dtype".</summary>
internal static class ElementTypes
{
    private static readonly (ScalarType Type, string Dtype, string TorchDtype)[] Known =
    [
        (ScalarType.Float32, "F32", "float32"),
        (ScalarType.BFloat16, "BF16", "bfloat16"),
        (ScalarType.Float16, "F16", "float16"),
        (ScalarType.Float64, "F64", "float64"),
    ];

    /// <summary>The dtypes that weights may have, for messages.</summary>
    public static string KnownDtypes { get; } = string.Join(", ", Known.Select(known => known.Dtype));

    /// <summary>The type a dtype stands for; null when weights cannot have it.</summary>
    public static ScalarType? OfDtype(string dtype)
    {
        return Known.FirstOrDefault(known => known.Dtype == dtype) is { Dtype: not null } found ? found.Type : null;
    }

    /// <summary>Both words of a type.</summary>
    /// <exception cref="ArgumentOutOfRangeException">Weights are not exported in the type.</exception>
    public static (string Dtype, string TorchDtype) WordsOf(ScalarType type)
    {
        return Known.FirstOrDefault(known => known.Type == type) is { Dtype: not null } found
            ? (found.Dtype, found.TorchDtype)
            : throw new ArgumentOutOfRangeException(nameof(type), type, "Weights are exported as Float32, BFloat16, Float16 or Float64.");
    }
}
