namespace Granary.Torch;

/// <summary>Facts about element types.</summary>
public static class ScalarTypes
{
    /// <summary>Bytes an element takes.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The type is not one of <see cref="ScalarType"/>.</exception>
    public static int ElementSize(this ScalarType type)
    {
        return type switch
        {
            ScalarType.Byte or ScalarType.Int8 or ScalarType.Bool => 1,
            ScalarType.Int16 or ScalarType.Float16 or ScalarType.BFloat16 => 2,
            ScalarType.Int32 or ScalarType.Float32 => 4,
            ScalarType.Int64 or ScalarType.Float64 => 8,
            _ => throw new ArgumentOutOfRangeException(nameof(type), type, "The type has no known size."),
        };
    }

    /// <summary>Whether gradients can flow through the type.</summary>
    public static bool IsFloatingPoint(this ScalarType type)
    {
        return type is ScalarType.Float16 or ScalarType.Float32 or ScalarType.Float64 or ScalarType.BFloat16;
    }

    /// <summary>The element type that stores a .NET type.</summary>
    /// <exception cref="NotSupportedException">No element type does.</exception>
    public static ScalarType Of<T>()
        where T : unmanaged
    {
        return default(T) switch
        {
            float => ScalarType.Float32,
            double => ScalarType.Float64,
            long => ScalarType.Int64,
            int => ScalarType.Int32,
            short => ScalarType.Int16,
            sbyte => ScalarType.Int8,
            byte => ScalarType.Byte,
            bool => ScalarType.Bool,
            Half => ScalarType.Float16,
            BFloat16Bits => ScalarType.BFloat16,
            _ => throw new NotSupportedException($"A tensor has no element type '{typeof(T).Name}'; allowed are float, double, long, int, short, sbyte, byte, bool, Half and BFloat16Bits."),
        };
    }
}
