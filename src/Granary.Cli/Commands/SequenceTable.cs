using System.Globalization;
using System.Text.Json.Nodes;

namespace Granary.Cli.Commands;

/// <summary>Results of `granary bench sequence` as lines of text: a schedule a line, then what the planner takes and why.</summary>
internal static class SequenceTable
{
    private const double Megabyte = 1e6;

    internal static IEnumerable<string> Lines(JsonObject result)
    {
        yield return string.Create(
            CultureInfo.InvariantCulture,
            $"{result["cluster"]}: {result["ranks"]} ranks, {result["length"]} positions, {result["heads"]} heads, {result["kv_heads"]} of keys, {result["head_dim"]} dims, {(result["causal"]!.GetValue<bool>() ? "causal" : "full")}; predicted, not measured");
        yield return $"{"schedule",-20}{"forward ms",12}{"backward ms",13}{"both ms",11}{"MB sent",11}{"MB held",11}  bound";
        var rows = result["schedules"]?.AsArray().OfType<JsonObject>() ?? [result];
        foreach (var row in rows)
        {
            yield return row["reason"] is { } reason ? $"{row["schedule"],-20}  {reason}" : Line(row);
        }

        if (result["auto"] is JsonObject auto)
        {
            yield return $"auto: {auto["schedule"]}, {Figure(auto, "forward_milliseconds") + Figure(auto, "backward_milliseconds"):F2} ms";
        }
    }

    private static string Line(JsonObject row)
    {
        var (forward, backward) = (Figure(row, "forward_milliseconds"), Figure(row, "backward_milliseconds"));
        var sent = (Figure(row, "forward_bytes_per_rank") + Figure(row, "backward_bytes_per_rank")) / Megabyte;
        var held = Math.Max(Figure(row, "forward_buffer_bytes"), Figure(row, "backward_buffer_bytes")) / Megabyte;
        return string.Create(
            CultureInfo.InvariantCulture,
            $"{row["schedule"],-20}{forward,12:F2}{backward,13:F2}{forward + backward,11:F2}{sent,11:F1}{held,11:F1}  {row["forward_bound"]}, {row["backward_bound"]}");
    }

    private static double Figure(JsonObject row, string name) => row[name]!.GetValue<double>();
}
