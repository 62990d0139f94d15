using System.CommandLine;
using System.Globalization;
using System.Text.Json.Nodes;
using Granary.Cli.Terminal;
using Granary.Core.Progress;
using Granary.Data.Shards;

namespace Granary.Cli.Commands;

/// <summary>`granary shards verify SET`: every byte of a set and every number of its manifest.</summary>
internal static class ShardsVerifyCommand
{
    internal static Command Build(TimeProvider time)
    {
        var command = new Command("verify", "Checks every byte of a set, and that kept and dropped tokens add up to those read.");
        var set = ShardsCommand.Set();
        var json = new Option<bool>("--json") { Description = "One JSON object." };
        command.Arguments.Add(set);
        command.Options.Add(json);
        command.SetAction(arguments => Guard.Run(() =>
        {
            using var interruption = new Interruption();
            var isJson = arguments.GetValue(json);
            using var view = isJson ? null : RunViews.Open(isJson: false, time);
            var verification = Verify(ShardSetPath.Find(arguments.GetRequiredValue(set)), view, interruption.Token);
            if (isJson)
            {
                Console.Out.WriteLine(ToJson(verification).ToJsonString());
            }
            else if (verification.Faults.Count == 0)
            {
                view!.Say(Summary(verification));
            }

            return verification.Faults.Count == 0 ? ExitCodes.Done : ExitCodes.Failed;
        }));
        return command;
    }

    /// <summary>Verifies a set and writes each fault to the error output.</summary>
    internal static ShardVerification Verify(string manifestPath, IProgress<ProgressUpdate>? progress, CancellationToken cancellationToken)
    {
        var verification = ShardVerifier.Verify(manifestPath, progress, cancellationToken);
        foreach (var fault in verification.Faults)
        {
            Console.Error.WriteLine($"granary: {fault}");
        }

        return verification;
    }

    /// <summary>One line on a set without faults.</summary>
    internal static string Summary(ShardVerification verification)
    {
        return string.Create(
            CultureInfo.InvariantCulture,
            $"whole: {verification.Shards:N0} shards, {verification.Rows:N0} rows, {verification.Bytes:N0} bytes; kept + dropped = read");
    }

    private static JsonObject ToJson(ShardVerification verification)
    {
        return new JsonObject
        {
            ["whole"] = verification.Faults.Count == 0,
            ["shards"] = verification.Shards,
            ["rows"] = verification.Rows,
            ["bytes"] = verification.Bytes,
            ["faults"] = new JsonArray([.. verification.Faults.Select(fault => (JsonNode)fault)]),
        };
    }
}
