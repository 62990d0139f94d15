using System.Globalization;
using System.Text;
using System.Text.Json.Nodes;
using Granary.Data.Tokenization;

namespace Granary.Cli.Commands;

/// <summary>Reports on one or two tokenizers over the same text, as tables or as JSON.</summary>
internal sealed class TokenizerReportPrinter(IReadOnlyList<string> files, IReadOnlyList<Tokenizer> tokenizers, IReadOnlyList<TokenizerReport> reports)
{
    private const int MostUnreachableShown = 10;
    private const int LongestShown = 40;

    private static readonly string[] Columns =
        ["source", "bytes", "words", "tokens", "tokens/word", "tokens/byte", "bytes/token", "one-token words", "entries used", "parity"];

    /// <summary>A table for each tokenizer and, for two, one that holds them side by side.</summary>
    internal string ToText()
    {
        var text = new StringBuilder();
        for (var i = 0; i < reports.Count; i++)
        {
            AppendReport(text, i);
        }

        if (reports.Count == 2)
        {
            AppendComparison(text);
        }

        return text.ToString().TrimEnd();
    }

    /// <summary>The same numbers as one object.</summary>
    internal JsonObject ToJson()
    {
        var json = new JsonObject { ["tokenizers"] = new JsonArray([.. Enumerable.Range(0, reports.Count).Select(ReportJson)]) };
        if (reports.Count == 2)
        {
            json["token_ratios"] = new JsonObject(Pairs().Select(pair => KeyValuePair.Create(pair.First.Name, (JsonNode?)Quotient(pair.Second.Tokens, pair.First.Tokens))));
        }

        return json;
    }

    private void AppendReport(StringBuilder text, int index)
    {
        var report = reports[index];
        text.Append(Invariant($"{files[index]}: {report.Entries:N0} entries")).Append('\n');
        AppendTable(text, [Columns, .. report.Sources.Select(source => Row(source, report.ParityOf(source))), Row(report.Total, 0)]);
        text.Append(Invariant($"unreachable entries: {report.UnreachableIds.Count:N0}"));
        text.Append(report.UnreachableIds.Count == 0 ? string.Empty : $", such as {Names(index, report.UnreachableIds.Take(MostUnreachableShown))}").Append('\n');
        text.Append($"longest entries: {Names(index, report.LongestIds)}").Append("\n\n");
    }

    private static string[] Row(TokenizerSourceReport source, double parity)
    {
        return
        [
            source.Name, Invariant($"{source.Bytes:N0}"), Invariant($"{source.Words:N0}"), Invariant($"{source.Tokens:N0}"),
            Invariant($"{source.TokensPerWord:F3}"), Invariant($"{source.TokensPerByte:F4}"), Invariant($"{source.BytesPerToken:F3}"),
            Invariant($"{source.SingleTokenShare:P1}"), Invariant($"{source.UsedShare:P1}"), parity == 0 ? string.Empty : Invariant($"{parity:F3}"),
        ];
    }

    private void AppendComparison(StringBuilder text)
    {
        text.Append($"A = {files[0]}, B = {files[1]}\n");
        AppendTable(
            text,
            [
                ["source", "tokens A", "tokens B", "B/A", "bytes/token A", "B", "tokens/word A", "B", "one-token words A", "B", "entries used A", "B"],
                .. Pairs().Select(pair => (string[])
                [
                    pair.First.Name,
                    Invariant($"{pair.First.Tokens:N0}"), Invariant($"{pair.Second.Tokens:N0}"), Invariant($"{Quotient(pair.Second.Tokens, pair.First.Tokens):F4}"),
                    Invariant($"{pair.First.BytesPerToken:F3}"), Invariant($"{pair.Second.BytesPerToken:F3}"),
                    Invariant($"{pair.First.TokensPerWord:F3}"), Invariant($"{pair.Second.TokensPerWord:F3}"),
                    Invariant($"{pair.First.SingleTokenShare:P1}"), Invariant($"{pair.Second.SingleTokenShare:P1}"),
                    Invariant($"{pair.First.UsedShare:P1}"), Invariant($"{pair.Second.UsedShare:P1}"),
                ]),
            ]);
    }

    private IEnumerable<(TokenizerSourceReport First, TokenizerSourceReport Second)> Pairs()
    {
        return [.. reports[0].Sources.Zip(reports[1].Sources), (reports[0].Total, reports[1].Total)];
    }

    private static void AppendTable(StringBuilder text, IReadOnlyList<string[]> rows)
    {
        var widths = Enumerable.Range(0, rows[0].Length).Select(column => rows.Max(row => row[column].Length)).ToArray();
        foreach (var row in rows)
        {
            text.Append(row[0].PadRight(widths[0]));
            for (var column = 1; column < row.Length; column++)
            {
                text.Append("  ").Append(row[column].PadLeft(widths[column]));
            }

            text.Append('\n');
        }
    }

    private string Names(int index, IEnumerable<int> ids)
    {
        return string.Join(", ", ids.Select(id => Invariant($"{Shortened(Readable(tokenizers[index], id))} ({id})")));
    }

    // The text in quotes where the bytes are text to look at; else as the file writes the token.
    private static string Readable(Tokenizer tokenizer, int id)
    {
        var text = tokenizer.Decode([id]);
        return text.Contains('\uFFFD') || text.Any(char.IsControl) ? tokenizer.IdToToken(id)! : $"'{text}'";
    }

    private static string Shortened(string token)
    {
        return token.Length <= LongestShown ? token : Invariant($"{token[..LongestShown]}... of {token.Length} characters");
    }

    private JsonNode ReportJson(int index)
    {
        var report = reports[index];
        return new JsonObject
        {
            ["file"] = files[index],
            ["entries"] = report.Entries,
            ["unreachable"] = report.UnreachableIds.Count,
            ["unreachable_examples"] = Entries(index, report.UnreachableIds.Take(MostUnreachableShown)),
            ["longest"] = Entries(index, report.LongestIds),
            ["sources"] = new JsonArray([.. report.Sources.Select(source => SourceJson(source, report.ParityOf(source)))]),
            ["total"] = SourceJson(report.Total, null),
        };
    }

    private JsonArray Entries(int index, IEnumerable<int> ids)
    {
        return new JsonArray([.. ids.Select(id => new JsonObject { ["id"] = id, ["token"] = tokenizers[index].IdToToken(id) })]);
    }

    private static JsonObject SourceJson(TokenizerSourceReport source, double? parity)
    {
        var json = new JsonObject
        {
            ["name"] = source.Name,
            ["bytes"] = source.Bytes,
            ["words"] = source.Words,
            ["tokens"] = source.Tokens,
            ["tokens_per_word"] = source.TokensPerWord,
            ["tokens_per_byte"] = source.TokensPerByte,
            ["bytes_per_token"] = source.BytesPerToken,
            ["single_token_share"] = source.SingleTokenShare,
            ["used_entries"] = source.UsedEntries,
            ["used_share"] = source.UsedShare,
        };
        if (parity is { } value)
        {
            json["parity"] = value;
        }

        return json;
    }

    private static double Quotient(long part, long whole)
    {
        return whole == 0 ? 0 : (double)part / whole;
    }

    private static string Invariant(FormattableString text)
    {
        return text.ToString(CultureInfo.InvariantCulture);
    }
}
