using System.CommandLine;
using System.Globalization;
using System.Text.Json.Nodes;
using Granary.Data.Shards;

namespace Granary.Cli.Commands;

/// <summary>`granary shards inspect SET`: what a set holds and where its tokens went.</summary>
internal static class ShardsInspectCommand
{
    internal static Command Build()
    {
        var command = new Command("inspect", "Shows what a set was made with and what it holds.");
        var set = ShardsCommand.Set();
        var json = new Option<bool>("--json") { Description = "One JSON object." };
        command.Arguments.Add(set);
        command.Options.Add(json);
        command.SetAction(arguments => Guard.Run(() =>
        {
            var path = ShardSetPath.Find(arguments.GetRequiredValue(set));
            var manifest = ShardManifest.Load(path);
            if (arguments.GetValue(json))
            {
                Console.Out.WriteLine(ToJson(path, manifest).ToJsonString());
            }
            else
            {
                Print(path, manifest);
            }

            return ExitCodes.Done;
        }));
        return command;
    }

    private static void Print(string path, ShardManifest manifest)
    {
        var (identity, ledger) = (manifest.Identity, manifest.Ledger);
        Say($"set        {path}");
        Say($"hash       {manifest.ManifestHash}");
        Say($"tokenizer  {identity.TokenizerSha256}, {identity.VocabularySize:N0} ids of {identity.BytesPerToken()} bytes");
        Say($"settings   {identity.ConfigSha256}");
        Say($"tokens     read {ledger.TokensRead:N0} = kept {ledger.TokensKept:N0} + dropped {ledger.TokensRead - ledger.TokensKept:N0} ({ledger.TokensDroppedTooShort:N0} in documents too short, {ledger.TokensDroppedTail:N0} behind last pieces{PrunedOf(ledger)})");
        Say($"targets    {ledger.Targets:N0}; ids in a second piece {ledger.TokensOverlapping:N0}");
        Say($"documents  {ledger.Documents:N0}, {ledger.DocumentsWithoutPieces - (ledger.DocumentsPruned ?? 0):N0} of them too short; the end of text is a target of {ledger.EndOfTextKept:N0} ({EndOfTextShare(ledger):P1})");
        Say($"lengths    mean {LengthStatistics.AverageSequenceLength(ledger.Buckets):F1}, mean context {LengthStatistics.AverageContextLength(ledger.Buckets):F1}");

        Say($"\n{"source",-24}{"documents",14}{"read",18}{"kept",18}{"dropped",18}");
        foreach (var source in manifest.Sources)
        {
            Say($"{source.Name,-24}{source.Documents,14:N0}{source.TokensRead,18:N0}{source.TokensKept,18:N0}{source.TokensDropped,18:N0}");
        }

        var total = manifest.Buckets.Sum(bucket => bucket.Rows << bucket.Exponent);
        Say($"\n{"bucket",6}{"length",12}{"rows",16}{"tokens",20}{"share",8}{"shards",9}{"bytes",20}");
        foreach (var bucket in manifest.Buckets)
        {
            var tokens = bucket.Rows << bucket.Exponent;
            Say($"{bucket.Exponent,6}{1L << bucket.Exponent,12:N0}{bucket.Rows,16:N0}{tokens,20:N0}{(double)tokens / total,8:P1}{bucket.Shards.Count,9:N0}{BytesIn(bucket),20:N0}");
        }
    }

    private static string PrunedOf(TokenLedger ledger)
    {
        return ledger.TokensDroppedPruned is { } tokens
            ? string.Create(CultureInfo.InvariantCulture, $", {tokens:N0} in {ledger.DocumentsPruned:N0} documents that clustering left out")
            : string.Empty;
    }

    private static void Say(FormattableString line)
    {
        Console.Out.WriteLine(line.ToString(CultureInfo.InvariantCulture));
    }

    private static JsonObject ToJson(string path, ShardManifest manifest)
    {
        return new JsonObject
        {
            ["set"] = path,
            ["manifest_sha256"] = manifest.ManifestHash,
            ["vocabulary_size"] = manifest.Identity.VocabularySize,
            ["bytes_per_token"] = manifest.Identity.BytesPerToken(),
            ["tokenizer_sha256"] = manifest.Identity.TokenizerSha256,
            ["config_sha256"] = manifest.Identity.ConfigSha256,
            ["ledger"] = LedgerJson.Of(manifest.Ledger),
            ["sources"] = new JsonArray([.. manifest.Sources.Select(source => new JsonObject
            {
                ["name"] = source.Name,
                ["documents"] = source.Documents,
                ["tokens_read"] = source.TokensRead,
                ["tokens_kept"] = source.TokensKept,
                ["tokens_dropped"] = source.TokensDropped,
            })]),
            ["buckets"] = new JsonArray([.. manifest.Buckets.Select(bucket => new JsonObject
            {
                ["exponent"] = bucket.Exponent,
                ["length"] = 1L << bucket.Exponent,
                ["rows"] = bucket.Rows,
                ["tokens"] = bucket.Rows << bucket.Exponent,
                ["shards"] = bucket.Shards.Count,
                ["bytes"] = BytesIn(bucket),
            })]),
        };
    }

    private static double EndOfTextShare(TokenLedger ledger)
    {
        return ledger.Documents == 0 ? 0 : (double)ledger.EndOfTextKept / ledger.Documents;
    }

    private static long BytesIn(ShardBucket bucket)
    {
        return bucket.Shards.Sum(shard => shard.Bytes);
    }
}
