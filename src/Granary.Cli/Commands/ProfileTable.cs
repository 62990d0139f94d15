using System.Globalization;
using System.Text.Json.Nodes;
using Granary.Torch;
using Granary.Training;

namespace Granary.Cli.Commands;

/// <summary>A profile of training steps as text: a phase and its operators a block, then what the machine's limit would be.</summary>
internal static class ProfileTable
{
    private const double Milli = 1e3;
    private const double Giga = 1e9;
    private const double SmallestShare = 0.002;

    internal static IEnumerable<string> Lines(StepProfile profile)
    {
        yield return $"{"",-34}{"calls",8}{"ms",10}{"share",8}{"GFLOP/s",10}{"GB/s",8}{"limit ms",11}";
        foreach (var phase in profile.Rows.GroupBy(row => row.Phase).OrderByDescending(phase => phase.Sum(row => row.Seconds)))
        {
            yield return Line(phase.Key.Length > 0 ? phase.Key : "outside", [.. phase], profile, indent: string.Empty);
            var rest = phase.Where(row => row.Seconds < SmallestShare * profile.Seconds).ToList();
            foreach (var row in phase.Except(rest))
            {
                yield return Line(row.Name == "other" ? "between operators" : row.Name, [row], profile, indent: "  ");
            }

            if (rest.Count > 0)
            {
                yield return Line($"{rest.Count} others", rest, profile, indent: "  ");
            }
        }

        yield return string.Create(
            CultureInfo.InvariantCulture,
            $"{Milli * profile.Seconds / profile.Steps:F1} ms a step while profiled; at {profile.MatrixRate / Giga:F0} GFLOP/s and {profile.MemoryRate / Giga:F1} GB/s, measured in this run, the limit is {Milli * profile.Limit / profile.Steps:F1} ms: {profile.Limit / profile.Seconds:P0} of it is reached");
        yield return string.Create(
            CultureInfo.InvariantCulture,
            $"{profile.AllocatedBytes / (double)profile.Steps / 1e3:F0} kB of managed memory a step, {1e3 * profile.Collections / profile.Steps:F0} collections per 1,000 steps");
    }

    internal static JsonObject Json(StepProfile profile)
    {
        return new JsonObject
        {
            ["steps"] = profile.Steps,
            ["milliseconds"] = Milli * profile.Seconds / profile.Steps,
            ["limit_milliseconds"] = Milli * profile.Limit / profile.Steps,
            ["limit_share"] = profile.Limit / profile.Seconds,
            ["matrix_flops"] = profile.MatrixRate,
            ["memory_bytes_per_second"] = profile.MemoryRate,
            ["allocated_bytes_per_step"] = profile.AllocatedBytes / (double)profile.Steps,
            ["collections_per_1000_steps"] = 1e3 * profile.Collections / profile.Steps,
            ["rows"] = new JsonArray([.. profile.Rows.Select(row => Json(row, profile))]),
        };
    }

    private static JsonNode Json(ProfileRow row, StepProfile profile)
    {
        return new JsonObject
        {
            ["phase"] = row.Phase,
            ["name"] = row.Name,
            ["calls_per_step"] = row.Calls / (double)profile.Steps,
            ["milliseconds"] = Milli * row.Seconds / profile.Steps,
            ["limit_milliseconds"] = Milli * profile.LimitOf(row) / profile.Steps,
            ["flops"] = row.Operations / profile.Steps,
            ["bytes"] = row.Bytes / profile.Steps,
        };
    }

    private static string Line(string name, IReadOnlyList<ProfileRow> rows, StepProfile profile, string indent)
    {
        var (seconds, operations, bytes) = (rows.Sum(row => row.Seconds), rows.Sum(row => row.Operations), rows.Sum(row => row.Bytes));
        var flops = operations > 0 ? (operations / seconds / Giga).ToString("F0", CultureInfo.InvariantCulture) : string.Empty;
        var rate = bytes > 0 && operations == 0 ? (bytes / seconds / Giga).ToString("F1", CultureInfo.InvariantCulture) : string.Empty;
        return string.Create(
            CultureInfo.InvariantCulture,
            $"{indent + name,-34}{rows.Sum(row => row.Calls) / (double)profile.Steps,8:F0}{Milli * seconds / profile.Steps,10:F2}{seconds / profile.Seconds,8:P1}{flops,10}{rate,8}{Milli * rows.Sum(profile.LimitOf) / profile.Steps,11:F2}");
    }
}
