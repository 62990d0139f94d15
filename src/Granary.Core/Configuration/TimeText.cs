namespace Granary.Core.Configuration;

/// <summary>Times as people write them, in configurations and on the command line.</summary>
public static class TimeText
{
    /// <summary>Reads a time such as "90s", "2m", "1h30m", "7d" or "500ms"; null where the text is none.</summary>
    public static TimeSpan? TryRead(string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        return ConfigScalar.ReadTime(text);
    }
}
