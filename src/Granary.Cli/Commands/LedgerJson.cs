using System.Text.Json.Nodes;
using Granary.Data.Shards;

namespace Granary.Cli.Commands;

/// <summary>A ledger as every command prints it in JSON.</summary>
internal static class LedgerJson
{
    internal static JsonObject Of(TokenLedger ledger)
    {
        var json = new JsonObject
        {
            ["documents"] = ledger.Documents,
            ["documents_without_pieces"] = ledger.DocumentsWithoutPieces,
            ["tokens_read"] = ledger.TokensRead,
            ["tokens_kept"] = ledger.TokensKept,
            ["tokens_dropped"] = ledger.TokensRead - ledger.TokensKept,
            ["tokens_dropped_too_short"] = ledger.TokensDroppedTooShort,
            ["tokens_dropped_tail"] = ledger.TokensDroppedTail,
            ["tokens_overlapping"] = ledger.TokensOverlapping,
            ["targets"] = ledger.Targets,
            ["end_of_text_kept"] = ledger.EndOfTextKept,
            ["average_sequence_length"] = LengthStatistics.AverageSequenceLength(ledger.Buckets),
            ["average_context_length"] = LengthStatistics.AverageContextLength(ledger.Buckets),
        };
        if (ledger.TokensDroppedPruned is { } pruned)
        {
            json["documents_pruned"] = ledger.DocumentsPruned;
            json["tokens_dropped_pruned"] = pruned;
        }

        return json;
    }
}
