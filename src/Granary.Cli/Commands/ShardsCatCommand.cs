using System.CommandLine;
using System.Globalization;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;
using Granary.Core.Configuration;
using Granary.Data.Shards;
using Granary.Data.Tokenization;

namespace Granary.Cli.Commands;

/// <summary>`granary shards cat SET`: rows as ids and, where the tokenizer is at hand, as text.</summary>
internal static class ShardsCatCommand
{
    private static readonly JsonSerializerOptions Readable = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    internal static Command Build()
    {
        var command = new Command("cat", "Prints rows of a set: where they come from, their ids and their text.");
        var set = ShardsCommand.Set();
        var bucket = new Option<int>("--bucket") { Description = "The rows' length as an exponent: 8 for rows of 2^8 ids.", Required = true };
        var row = new Option<long>("--row") { Description = "The first row, counted from 0 in its bucket.", Required = true };
        var rows = new Option<int>("--rows") { Description = "How many rows.", DefaultValueFactory = _ => 1 };
        var tokenizer = new Option<string?>("--tokenizer") { Description = "A tokenizer.json. Default: that of the set's run." };
        var json = new Option<bool>("--json") { Description = "One JSON object a row." };
        command.Arguments.Add(set);
        foreach (var option in (Option[])[bucket, row, rows, tokenizer, json])
        {
            command.Options.Add(option);
        }

        ThreadsOption.RequirePositive(rows);
        command.SetAction(arguments => Guard.Run(() =>
        {
            using var shards = ShardSet.Open(ShardSetPath.Find(arguments.GetRequiredValue(set)));
            var decoder = ShardSetPath.FindTokenizer(shards, arguments.GetValue(tokenizer));
            var (exponent, first) = (arguments.GetValue(bucket), arguments.GetValue(row));
            Check(shards, exponent, first);
            var end = Math.Min(shards.CountRows(exponent), first + arguments.GetValue(rows));
            for (var number = first; number < end; number++)
            {
                Print(shards, exponent, number, decoder, arguments.GetValue(json));
            }

            return ExitCodes.Done;
        }));
        return command;
    }

    private static void Check(ShardSet shards, int exponent, long row)
    {
        var rows = shards.CountRows(exponent);
        if (rows == 0)
        {
            throw new ConfigurationException("shards cat", [$"'--bucket' is '{exponent}' but the set has the buckets {string.Join(", ", shards.Manifest.Buckets.Select(bucket => bucket.Exponent))}."]);
        }

        if (row < 0 || row >= rows)
        {
            throw new ConfigurationException("shards cat", [$"'--row' is '{row}' but bucket {exponent} has the rows 0 to {rows - 1}."]);
        }
    }

    private static void Print(ShardSet shards, int exponent, long row, Tokenizer? tokenizer, bool isJson)
    {
        var ids = new int[1 << exponent];
        shards.CopyRow(exponent, row, ids);
        var next = shards.NextToken(exponent, row);
        var provenance = shards.Provenance(exponent, row);
        var source = shards.Manifest.Sources[provenance.SourceIndex].Name;
        if (isJson)
        {
            Console.Out.WriteLine(ToJson(exponent, row, ids, next, provenance, source, tokenizer).ToJsonString(Readable));
            return;
        }

        Console.Out.WriteLine(string.Create(
            CultureInfo.InvariantCulture,
            $"row {row} of bucket {exponent}: document {provenance.Document} of '{source}', ids {provenance.TokenStart} to {provenance.TokenStart + (long)ids.Length - 1}, piece {provenance.PieceOrdinal} ({provenance.Flags}), next {(next < 0 ? "none" : next)}"));
        Console.Out.WriteLine(string.Join(' ', ids));
        if (tokenizer is not null)
        {
            Console.Out.WriteLine(tokenizer.Decode(ids));
        }
    }

    private static JsonObject ToJson(int exponent, long row, int[] ids, int next, RowProvenance provenance, string source, Tokenizer? tokenizer)
    {
        var json = new JsonObject
        {
            ["bucket"] = exponent,
            ["row"] = row,
            ["document"] = provenance.Document.ToString(),
            ["source"] = source,
            ["token_start"] = provenance.TokenStart,
            ["piece"] = provenance.PieceOrdinal,
            ["flags"] = provenance.Flags.ToString(),
            ["next"] = next < 0 ? null : next,
            ["ids"] = new JsonArray([.. ids.Select(id => (JsonNode)id)]),
        };
        if (tokenizer is not null)
        {
            json["text"] = tokenizer.Decode(ids);
        }

        return json;
    }
}
