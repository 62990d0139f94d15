using System.CommandLine;

namespace Granary.Cli.Commands;

/// <summary>`granary shards`: looks into shard sets without a run.</summary>
internal static class ShardsCommand
{
    internal static Command Build(TimeProvider time)
    {
        return new Command("shards", "Shows, compares, checks and exports shard sets.")
        {
            ShardsInspectCommand.Build(),
            ShardsCatCommand.Build(),
            ShardsDiffCommand.Build(),
            ShardsVerifyCommand.Build(time),
            ShardsExportCommand.Build(time),
        };
    }

    /// <summary>The argument that names a set.</summary>
    internal static Argument<string> Set(string name = "set")
    {
        return new Argument<string>(name) { Description = "A run's folder, a folder with manifest.json, or that file." };
    }
}
