using System.Text.Json.Nodes;
using Granary.Models.Language;

namespace Granary.Cli.Planning;

/// <summary>What keeping less for backward takes in a layout.</summary>
/// <param name="Policy">What blocks keep.</param>
/// <param name="Bytes">What a rank holds then.</param>
/// <param name="ExtraShare">Operations that are taken a second time, as a share of a step's without any.</param>
/// <param name="Fits">Whether a rank's part of the memory is enough.</param>
internal sealed record CheckpointingCost(ActivationCheckpointing Policy, RankBytes Bytes, double ExtraShare, bool Fits)
{
    /// <summary>The policy as a configuration names it.</summary>
    internal string Name => Policy.ToString().ToLowerInvariant();

    internal JsonObject ToJson()
    {
        return new JsonObject
        {
            ["activation_checkpointing"] = Name,
            ["bytes_per_rank"] = Bytes.ToJson(),
            ["extra_operations"] = ExtraShare,
            ["fits"] = Fits,
        };
    }
}
