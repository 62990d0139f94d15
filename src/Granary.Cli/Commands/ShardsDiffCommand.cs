using System.CommandLine;
using System.Text.Json.Nodes;
using Granary.Data.Shards;

namespace Granary.Cli.Commands;

/// <summary>`granary shards diff A B`: whether two sets are the same, and if not where they part.</summary>
internal static class ShardsDiffCommand
{
    internal static Command Build()
    {
        var command = new Command("diff", "Compares two sets: exit code 0 when they hold the same, 1 when they differ.");
        var (left, right) = (ShardsCommand.Set("a"), ShardsCommand.Set("b"));
        var json = new Option<bool>("--json") { Description = "One JSON object." };
        command.Arguments.Add(left);
        command.Arguments.Add(right);
        command.Options.Add(json);
        command.SetAction(arguments => Guard.Run(() =>
        {
            using var a = ShardSet.Open(ShardSetPath.Find(arguments.GetRequiredValue(left)));
            using var b = ShardSet.Open(ShardSetPath.Find(arguments.GetRequiredValue(right)));
            var differences = ShardComparison.Compare(a, b).ToList();
            Print(differences, arguments.GetValue(json));
            return differences.Count == 0 ? ExitCodes.Done : ExitCodes.Failed;
        }));
        return command;
    }

    private static void Print(List<ShardDifference> differences, bool isJson)
    {
        if (isJson)
        {
            Console.Out.WriteLine(new JsonObject
            {
                ["same"] = differences.Count == 0,
                ["differences"] = new JsonArray([.. differences.Select(difference => new JsonObject
                {
                    ["what"] = difference.What,
                    ["a"] = difference.Left,
                    ["b"] = difference.Right,
                })]),
            }.ToJsonString());
            return;
        }

        foreach (var difference in differences)
        {
            Console.Out.WriteLine($"{difference.What}:\n  a: {difference.Left}\n  b: {difference.Right}");
        }

        if (differences.Count == 0)
        {
            Console.Out.WriteLine("same");
        }
    }
}
