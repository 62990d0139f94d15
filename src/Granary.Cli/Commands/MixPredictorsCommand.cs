using System.CommandLine;
using System.Globalization;
using System.Text.Json.Nodes;
using Granary.Core.Configuration;
using Granary.Pipelines.Climb.Predictors;
using Granary.Pipelines.Climb.Statistics;

namespace Granary.Cli.Commands;

/// <summary>`granary mix predictors`: how well predictors tell what runs cost that they were not fitted to.</summary>
internal static class MixPredictorsCommand
{
    internal static Command Build()
    {
        var command = new Command("predictors", "Fits predictors to subsets of known runs and tells how well they rank runs they have not seen, such as those of larger models.");
        var mixtures = new Option<string>("--mixtures") { Description = "A CSV file of mixtures to fit: the first column names the run, the others are weights.", Required = true };
        var losses = new Option<string>("--losses") { Description = "A CSV file of these runs' losses; the first column names the run.", Required = true };
        var unseenMixtures = new Option<string>("--unseen-mixtures") { Description = "CSV files of the mixtures that are predicted, with commas between them.", Required = true };
        var unseenLosses = new Option<string>("--unseen-losses") { Description = "CSV files of their losses, in the same order.", Required = true };
        var target = new Option<string>("--target") { Description = "The column that is predicted, by any part of its name that only it has; 'mean' for the mean of all.", Required = true };
        var sizes = new Option<string>("--sizes") { Description = "Runs of a subset, with commas between them.", DefaultValueFactory = _ => "64,112" };
        var subsets = new Option<int>("--subsets") { Description = "Subsets of each size, the same for all predictors.", DefaultValueFactory = _ => 15 };
        var predictors = new Option<string>("--predictors") { Description = $"Predictors, with commas between them. Known: {string.Join(", ", NamedPredictors.All.Keys)}. Default: all but auto.", DefaultValueFactory = _ => string.Join(',', NamedPredictors.All.Keys.SkipLast(1)) };
        var json = new Option<bool>("--json") { Description = "One JSON object a line, a predictor and size each." };
        foreach (var option in (Option[])[mixtures, losses, unseenMixtures, unseenLosses, target, sizes, subsets, predictors, json])
        {
            command.Options.Add(option);
        }

        ThreadsOption.RequirePositive(subsets);
        command.SetAction(arguments => Guard.Run(() =>
        {
            var known = MeasuredRuns.Read(arguments.GetRequiredValue(mixtures), arguments.GetRequiredValue(losses));
            var unseen = Pairs(arguments.GetRequiredValue(unseenMixtures), arguments.GetRequiredValue(unseenLosses));
            var counts = Sizes(arguments.GetRequiredValue(sizes), known.Keys.Count);
            foreach (var line in Measure(Chosen(arguments.GetRequiredValue(predictors)), known, unseen, arguments.GetRequiredValue(target), counts, arguments.GetValue(subsets)))
            {
                Print(line, unseen.Count, arguments.GetValue(json));
            }

            return ExitCodes.Done;
        }));
        return command;
    }

    private static List<MeasuredRuns> Pairs(string mixtures, string losses)
    {
        var (mixtureFiles, lossFiles) = (mixtures.Split(','), losses.Split(','));
        return mixtureFiles.Length == lossFiles.Length
            ? [.. mixtureFiles.Zip(lossFiles, MeasuredRuns.Read)]
            : throw Wrong($"'--unseen-mixtures' names '{mixtureFiles.Length}' files and '--unseen-losses' {lossFiles.Length}, but each file of mixtures needs one of losses. Give them in the same order.");
    }

    private static List<int> Sizes(string text, int most)
    {
        return [.. text.Split(',').Select(word => int.TryParse(word, NumberStyles.None, CultureInfo.InvariantCulture, out var size) && size >= 1 && size <= most
            ? size
            : throw Wrong($"'--sizes' has '{word}' but must have numbers from 1 to {most}, the runs there are."))];
    }

    private static List<(string Name, PredictorConfig Config)> Chosen(string text)
    {
        return [.. text.Split(',').Select(name => NamedPredictors.All.TryGetValue(name, out var config)
            ? (name, config)
            : throw Wrong($"No predictor is named '{name}'. Known: '{string.Join("', '", NamedPredictors.All.Keys)}'."))];
    }

    private static IEnumerable<(string Name, PredictorAccuracy Accuracy)> Measure(List<(string Name, PredictorConfig Config)> predictors, MeasuredRuns known, List<MeasuredRuns> unseen, string target, List<int> sizes, int subsets)
    {
        foreach (var (name, config) in predictors)
        {
            foreach (var size in sizes)
            {
                PredictorAccuracy accuracy;
                try
                {
                    accuracy = PredictorComparison.Measure(config, known, unseen, target, size, size == known.Keys.Count ? 1 : subsets);
                }
                catch (ArgumentException exception)
                {
                    throw Wrong(exception.Message);
                }

                yield return (name, accuracy);
            }
        }
    }

    private static void Print((string Name, PredictorAccuracy Accuracy) line, int sets, bool isJson)
    {
        var accuracy = line.Accuracy;
        if (isJson)
        {
            Console.Out.WriteLine(new JsonObject
            {
                ["predictor"] = line.Name,
                ["size"] = accuracy.Size,
                ["subsets"] = accuracy.Subsets,
                ["constant"] = accuracy.Constants,
                ["unseen"] = new JsonArray([.. accuracy.Unseen.Select(ToJson)]),
            }.ToJsonString());
            return;
        }

        var words = Enumerable.Range(0, sets).Select(set => string.Create(
            CultureInfo.InvariantCulture,
            $"{accuracy.Unseen[set].RankCorrelation:F3} ±{accuracy.Unseen[set].RankCorrelationSpread:F3}, best quarter {accuracy.Unseen[set].RankCorrelationOfBest:F3}, regret {accuracy.Unseen[set].Regret:F3}"));
        var constant = accuracy.Constants > 0 ? $"   constant in {accuracy.Constants} of {accuracy.Subsets} fits" : string.Empty;
        Console.Out.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{line.Name,-24} {accuracy.Size,4}   {string.Join("   ", words)}{constant}"));
    }

    private static JsonObject ToJson(UnseenAccuracy unseen)
    {
        return new JsonObject
        {
            ["rank_correlation"] = unseen.RankCorrelation,
            ["rank_correlation_sd"] = unseen.RankCorrelationSpread,
            ["rank_correlation_of_best"] = unseen.RankCorrelationOfBest,
            ["rmse"] = unseen.Rmse,
            ["optimism"] = unseen.Optimism,
            ["regret"] = unseen.Regret,
        };
    }

    private static ConfigurationException Wrong(string sentence)
    {
        return new ConfigurationException("mix predictors", [sentence]);
    }
}
