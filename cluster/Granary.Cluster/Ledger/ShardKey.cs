using System.Globalization;

namespace Granary.Cluster.Ledger;

/// <summary>Names one shard of a dataset.</summary>
/// <param name="Dataset">The dataset's id.</param>
/// <param name="Index">The shard's place in the dataset, from 0.</param>
public readonly record struct ShardKey(string Dataset, int Index)
{
    /// <summary>Reads what <see cref="ToString"/> writes.</summary>
    /// <exception cref="FormatException">The text is no shard's name.</exception>
    public static ShardKey Parse(string text)
    {
        var mark = text.LastIndexOf('#');
        return mark > 0 && int.TryParse(text.AsSpan(mark + 1), NumberStyles.None, CultureInfo.InvariantCulture, out var index)
            ? new ShardKey(text[..mark], index)
            : throw new FormatException($"'{text}' names no shard: that is the dataset's id, '#' and the shard's index.");
    }

    /// <inheritdoc/>
    public override string ToString() => $"{Dataset}#{Index}";
}
