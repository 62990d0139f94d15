using Granary.Torch.Native;

namespace Granary.Torch.Operators;

/// <summary>One argument of an operator call; anything an ATen schema can take converts to it.</summary>
public readonly struct OperatorArgument
{
    internal readonly object? Reference;
    internal readonly long Bits;
    internal readonly ValueKind Kind;

    private OperatorArgument(ValueKind kind, long bits, object? reference = null)
    {
        Kind = kind;
        Bits = bits;
        Reference = reference;
    }

    /// <summary>A tensor; null for an optional one that is left out.</summary>
    public static implicit operator OperatorArgument(Tensor? value) => new(value is null ? ValueKind.None : ValueKind.Tensor, 0, value);

    /// <summary>An integer, also for a scalar.</summary>
    public static implicit operator OperatorArgument(long value) => new(ValueKind.Integer, value);

    /// <summary>An integer, or none.</summary>
    public static implicit operator OperatorArgument(long? value) => value is { } integer ? (OperatorArgument)integer : default;

    /// <summary>A real number, also for a scalar.</summary>
    public static implicit operator OperatorArgument(double value) => new(ValueKind.Real, BitConverter.DoubleToInt64Bits(value));

    /// <summary>A real number, or none.</summary>
    public static implicit operator OperatorArgument(double? value) => value is { } real ? (OperatorArgument)real : default;

    /// <summary>A truth value.</summary>
    public static implicit operator OperatorArgument(bool value) => new(ValueKind.Boolean, value ? 1 : 0);

    /// <summary>A list of integers: sizes, dims.</summary>
    public static implicit operator OperatorArgument(long[]? value) => new(value is null ? ValueKind.None : ValueKind.Integers, 0, value);

    /// <summary>A list of real numbers.</summary>
    public static implicit operator OperatorArgument(double[]? value) => new(value is null ? ValueKind.None : ValueKind.Reals, 0, value);

    /// <summary>A list of tensors; null entries where the schema allows them.</summary>
    public static implicit operator OperatorArgument(Tensor?[]? value) => new(value is null ? ValueKind.None : ValueKind.Tensors, 0, value);

    /// <summary>A text.</summary>
    public static implicit operator OperatorArgument(string? value) => new(value is null ? ValueKind.None : ValueKind.Text, 0, value);

    /// <summary>An element type.</summary>
    public static implicit operator OperatorArgument(ScalarType value) => new(ValueKind.Integer, (long)value);

    /// <summary>An element type, or none.</summary>
    public static implicit operator OperatorArgument(ScalarType? value) => value is { } type ? (OperatorArgument)type : default;

    /// <summary>A device.</summary>
    public static implicit operator OperatorArgument(Device value) => value.ToString();

    /// <summary>A device, or none.</summary>
    public static implicit operator OperatorArgument(Device? value) => value is { } device ? (OperatorArgument)device : default;

    /// <summary>A generator; null for the default one.</summary>
    public static implicit operator OperatorArgument(Generator? value) => new(value is null ? ValueKind.None : ValueKind.Generator, 0, value);
}
