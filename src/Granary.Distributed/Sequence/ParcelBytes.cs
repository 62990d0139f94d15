namespace Granary.Distributed.Sequence;

/// <summary>What parcels take on the wire; lse and delta are 4 bytes a query and head.</summary>
public static class ParcelBytes
{
    private const int StatisticBytes = 4;

    /// <summary>The bytes of a parcel.</summary>
    public static long Of(Parcel parcel, SequenceLayout layout, AttentionSizes sizes)
    {
        var (first, end) = parcel.Heads.Of(sizes.Heads);
        var (firstKey, endKey) = parcel.Heads.KeysOf(sizes.Heads, sizes.KeyHeads);
        var rows = sizes.Batch * layout.LengthOf(parcel.Owner, parcel.Rows);
        var queries = rows * (end - first);
        var keys = rows * (endKey - firstKey);
        return parcel.Payload switch
        {
            Payload.Queries => queries * sizes.HeadDim * sizes.ElementBytes,
            Payload.KeyValues => 2 * keys * sizes.HeadDim * sizes.ElementBytes,
            Payload.OutputGradients => queries * ((sizes.HeadDim * sizes.ElementBytes) + (2 * StatisticBytes)),
            Payload.Outputs => queries * ((sizes.HeadDim * (sizes.OutputBytes ?? sizes.ElementBytes)) + StatisticBytes),
            Payload.QueryGradients => queries * sizes.HeadDim * sizes.GradientBytes,
            _ => 2 * keys * sizes.HeadDim * sizes.GradientBytes,
        };
    }
}
