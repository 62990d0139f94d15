using System.CommandLine;
using System.Text.Json.Nodes;
using Granary.Cli.Mazes;
using Granary.Pipelines.Mazes;
using Granary.Torch;

namespace Granary.Cli.Commands;

/// <summary>`granary mazes score`: how many unseen mazes a model solves.</summary>
internal static class MazesScoreCommand
{
    internal static Command Build()
    {
        var command = new Command("score", "Measures how many mazes that it has not seen a model solves.");
        var model = new Option<string>("--model") { Description = "A run of 'mazes train', or one of its checkpoints.", Required = true };
        var count = new Option<int>("--count") { Description = "Mazes, the first of those that the run is measured on.", DefaultValueFactory = _ => 1_000 };
        var threads = ThreadsOption.Create();
        var json = new Option<bool>("--json") { Description = "One JSON object." };
        foreach (var option in (Option[])[model, count, threads, json])
        {
            command.Options.Add(option);
        }

        ThreadsOption.RequirePositive(count);
        command.SetAction(arguments => Guard.Run(() =>
        {
            torch.set_num_threads(arguments.GetValue(threads));
            using var trained = TrainedMazeModel.Open(arguments.GetRequiredValue(model));
            using var interruption = new Interruption();
            var (config, vocabulary) = (trained.Config, trained.Vocabulary);
            var set = MazeTokenSet.Generate(vocabulary.Kind, vocabulary.Size, MazeSplit.Validation, config.Seed, arguments.GetValue(count));
            var score = new MazeSolver(config, vocabulary, trained.Model).Score(set, set.Count, interruption.Token);
            Console.Out.WriteLine(arguments.GetValue(json) ? Json(score) : $"{config.Name}, {config.Objective.TypeName}: {MazeReport.Sentence(score, vocabulary.Kind)}");
            return ExitCodes.Done;
        }));
        return command;
    }

    private static string Json(MazeScore score)
    {
        return new JsonObject(MazeReport.Numbers(score).Select(entry => new KeyValuePair<string, JsonNode?>(entry.Key, entry.Value))).ToJsonString();
    }
}
