using System.Globalization;
using System.Text;

namespace Granary.Core.Configuration;

/// <summary>Single values between their text in a file and their type in a record.</summary>
internal static class ConfigScalar
{
    private static readonly (string Unit, long Ticks)[] Units =
    [
        ("d", TimeSpan.TicksPerDay),
        ("h", TimeSpan.TicksPerHour),
        ("m", TimeSpan.TicksPerMinute),
        ("s", TimeSpan.TicksPerSecond),
        ("ms", TimeSpan.TicksPerMillisecond),
    ];

    /// <summary>Whether values of the type stand in a file as one word.</summary>
    public static bool Holds(Type type)
    {
        return type.IsEnum || type == typeof(string) || type == typeof(bool) || type == typeof(int)
            || type == typeof(long) || type == typeof(double) || type == typeof(TimeSpan);
    }

    /// <summary>What a value of the type must be, as the end of "must be ...".</summary>
    public static string Expected(Type type)
    {
        return type switch
        {
            { IsEnum: true } => OneOf(Enum.GetNames(type).Select(EnumWord)),
            _ when type == typeof(string) => "text",
            _ when type == typeof(bool) => "true or false",
            _ when type == typeof(int) => $"a whole number from {int.MinValue} to {int.MaxValue}",
            _ when type == typeof(long) => "a whole number of at most 64 bits",
            _ when type == typeof(TimeSpan) => "a time such as 90s, 2m, 1h30m or 500ms",
            _ => "a number",
        };
    }

    /// <summary>The value a scalar stands for; null when the text does not fit the type.</summary>
    public static object? Read(ScalarNode node, Type type)
    {
        if (type == typeof(string))
        {
            return node.Text;
        }

        var text = node.Text;
        return type switch
        {
            { IsEnum: true } => ReadEnum(text, type),
            _ when type == typeof(TimeSpan) => ReadTime(text),
            _ when node.IsQuoted => null,
            _ when type == typeof(bool) => text switch { "true" or "True" or "TRUE" => true, "false" or "False" or "FALSE" => false, _ => null },
            _ when type == typeof(int) => ReadWhole(text) is >= int.MinValue and <= int.MaxValue and var whole ? (int)whole : null,
            _ when type == typeof(long) => ReadWhole(text),
            _ => ReadNumber(text),
        };
    }

    /// <summary>The text that <see cref="Read"/> turns back into the same value; strings come back as they are.</summary>
    public static string Write(object value)
    {
        return value switch
        {
            bool truth => truth ? "true" : "false",
            double number => WriteNumber(number),
            TimeSpan time => WriteTime(time),
            Enum => EnumWord(value.ToString()!),
            _ => Convert.ToString(value, CultureInfo.InvariantCulture)!,
        };
    }

    /// <summary>The words of a choice, quoted and joined for a sentence.</summary>
    public static string OneOf(IEnumerable<string> words)
    {
        var quoted = words.Select(word => $"'{word}'").ToArray();
        return quoted.Length <= 1 ? string.Concat(quoted) : $"{string.Join(", ", quoted[..^1])} or {quoted[^1]}";
    }

    private static string EnumWord(string name)
    {
        return KeyName.FromPascal(name).Replace('_', '-');
    }

    private static object? ReadEnum(string text, Type type)
    {
        var word = text.Replace('_', '-');
        return Enum.GetValues(type).Cast<object>().FirstOrDefault(value => EnumWord(value.ToString()!) == word);
    }

    private static long? ReadWhole(string text)
    {
        var digits = WithoutSeparators(text);
        if (long.TryParse(digits, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var whole))
        {
            return whole;
        }

        // 1.5e9 is a usual way to write a count of tokens; decimal keeps it exact.
        var isExponential = digits.Contains('e', StringComparison.OrdinalIgnoreCase)
            && decimal.TryParse(digits, NumberStyles.AllowLeadingSign | NumberStyles.AllowDecimalPoint | NumberStyles.AllowExponent, CultureInfo.InvariantCulture, out var exact)
            && decimal.IsInteger(exact) && exact is >= long.MinValue and <= long.MaxValue;
        return isExponential ? (long)decimal.Parse(digits, NumberStyles.Float, CultureInfo.InvariantCulture) : null;
    }

    private static double? ReadNumber(string text)
    {
        const NumberStyles Styles = NumberStyles.AllowLeadingSign | NumberStyles.AllowDecimalPoint | NumberStyles.AllowExponent;
        return text switch
        {
            ".inf" or "+.inf" => double.PositiveInfinity,
            "-.inf" => double.NegativeInfinity,
            ".nan" => double.NaN,
            _ when double.TryParse(WithoutSeparators(text), Styles, CultureInfo.InvariantCulture, out var number) && double.IsFinite(number) => number,
            _ => null,
        };
    }

    private static string WriteNumber(double number)
    {
        return number switch
        {
            double.PositiveInfinity => ".inf",
            double.NegativeInfinity => "-.inf",
            double.NaN => ".nan",
            _ => number.ToString("R", CultureInfo.InvariantCulture).Replace('E', 'e'),
        };
    }

    private static string WithoutSeparators(string text)
    {
        for (var i = text.IndexOf('_'); i >= 0; i = text.IndexOf('_', i + 1))
        {
            if (i == 0 || i == text.Length - 1 || !char.IsAsciiDigit(text[i - 1]) || !char.IsAsciiDigit(text[i + 1]))
            {
                return text;
            }
        }

        return text.Replace("_", string.Empty, StringComparison.Ordinal);
    }

    internal static TimeSpan? ReadTime(string text)
    {
        var ticks = 0m;
        var lastUnit = -1;
        for (var at = text.StartsWith('-') ? 1 : 0; at < text.Length;)
        {
            var digits = text.AsSpan(at).IndexOfAnyExcept("0123456789.");
            var letters = digits <= 0 ? 0 : text.AsSpan(at + digits).IndexOfAnyExcept("dhms");
            var unit = digits <= 0 ? string.Empty : letters < 0 ? text[(at + digits)..] : text.Substring(at + digits, letters);
            var index = Array.FindIndex(Units, candidate => candidate.Unit == unit);

            // Larger units stand first and none stands twice: 1h30m, but neither 30m1h nor 1h1h.
            if (index <= lastUnit || !decimal.TryParse(text.AsSpan(at, digits), NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out var count) || count > 1e12m)
            {
                return null;
            }

            ticks += count * Units[index].Ticks;
            lastUnit = index;
            at += digits + unit.Length;
        }

        ticks = text.StartsWith('-') ? -ticks : ticks;
        return lastUnit >= 0 && ticks is >= long.MinValue and <= long.MaxValue ? new TimeSpan((long)ticks) : null;
    }

    private static string WriteTime(TimeSpan time)
    {
        var ticks = (decimal)time.Ticks;
        var text = new StringBuilder(ticks < 0 ? "-" : string.Empty);
        ticks = Math.Abs(ticks);
        foreach (var (unit, size) in Units.AsSpan(0, 3))
        {
            var count = Math.Floor(ticks / size);
            ticks -= count * size;
            text.Append(count > 0 ? string.Create(CultureInfo.InvariantCulture, $"{count}{unit}") : string.Empty);
        }

        if (ticks > 0 || time == TimeSpan.Zero)
        {
            text.Append(CultureInfo.InvariantCulture, $"{(ticks / TimeSpan.TicksPerSecond).ToString("0.#######", CultureInfo.InvariantCulture)}s");
        }

        return text.ToString();
    }
}
