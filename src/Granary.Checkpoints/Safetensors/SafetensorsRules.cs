using System.Text;

namespace Granary.Checkpoints.Safetensors;

/// <summary>What reader and writer both hold names and shapes to; each check returns the fault, or null.</summary>
internal static class SafetensorsRules
{
    public const int LengthFieldBytes = 8;
    public const long MaxHeaderBytes = 100_000_000;
    public const int MaxNameLength = 1024;
    public const int MaxDims = 64; // libtorch's own limit
    public const string MetadataKey = "__metadata__";

    /// <summary>Names never become paths here, but one that looks like a path has no honest reason to.</summary>
    public static string? FaultOfName(string name)
    {
        if (name.Length is 0 or > MaxNameLength)
        {
            return $"A tensor's name has {name.Length} characters but must have 1 to {MaxNameLength}.";
        }

        if (name == MetadataKey)
        {
            return $"A tensor is named '{MetadataKey}', which the format keeps for itself.";
        }

        if (name.Any(char.IsControl) || !IsWellFormed(name))
        {
            return $"The tensor name '{Printable(name)}' holds control characters or half a surrogate pair; only printable text is allowed.";
        }

        return name[0] is '/' or '\\' || name.Split('/', '\\').Contains("..")
            ? $"The tensor name '{name}' is a path; absolute names and '..' are not allowed."
            : null;
    }

    /// <summary>The bytes of a tensor, with every multiplication checked.</summary>
    public static string? FaultOfShape(string name, string dtype, IReadOnlyList<long> shape, out long bytes)
    {
        bytes = 0;
        if (!SafetensorsDtype.TryGetSize(dtype, out var size))
        {
            return $"Tensor '{name}' has the dtype '{Printable(dtype)}'. Known: {SafetensorsDtype.Known}.";
        }

        if (shape.Count > MaxDims)
        {
            return $"Tensor '{name}' has {shape.Count} dims but at most {MaxDims} are allowed.";
        }

        Int128 product = size;
        foreach (var dim in shape)
        {
            if (dim < 0)
            {
                return $"Tensor '{name}' has the dim '{dim}' but a dim must be 0 or more.";
            }

            product *= dim; // below 2^63 times below 2^63: no overflow before the check
            if (product > long.MaxValue)
            {
                return $"Tensor '{name}' of shape [{string.Join(", ", shape)}] needs more bytes than 63 bits can count.";
            }
        }

        bytes = (long)product;
        return null;
    }

    /// <summary>Text from a file, made fit for one line of a message.</summary>
    public static string Printable(string text)
    {
        const int Longest = 80;
        var head = text.Length > Longest ? text[..Longest] + "..." : text;
        return string.Concat(head.Select(c => char.IsControl(c) || char.IsSurrogate(c) ? $"\\u{(int)c:x4}" : c.ToString()));
    }

    private static bool IsWellFormed(string text)
    {
        for (var i = 0; i < text.Length;)
        {
            if (!Rune.TryGetRuneAt(text, i, out var rune))
            {
                return false;
            }

            i += rune.Utf16SequenceLength;
        }

        return true;
    }
}
