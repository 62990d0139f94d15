using Granary.Cluster.Ledger;
using Orleans.Storage;

namespace Granary.Cluster.Hosting;

/// <summary>Writes grains' state as the ledger's database would.</summary>
internal sealed class GrainStateSerializer : IGrainStorageSerializer
{
    public BinaryData Serialize<T>(T? input) => BinaryData.FromString(LedgerJson.Write(input));

    public T Deserialize<T>(BinaryData input) => LedgerJson.Read<T>(input.ToString());
}
