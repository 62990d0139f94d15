using System.CommandLine;
using System.Globalization;
using System.Text.Json.Nodes;
using Granary.Data.Batching;

namespace Granary.Cli.Commands;

/// <summary>
/// `granary decompose released-recipe`: the parameters with which the paper's released code would train, under that
/// code's own option names, and the batching section that does the same here.
/// </summary>
internal static class ReleasedRecipeCommand
{
    private static readonly Option<long> Tokens = new("--tokens") { Description = "Tokens of the whole run.", Required = true };
    private static readonly Option<int> Epochs = new("--epochs") { Description = "Cycles of the run.", Required = true };
    private static readonly Option<int> Gpus = new("--gpus") { Description = "Devices of the run.", Required = true };
    private static readonly Option<int> Workers = new("--workers") { Description = "Loaders of each device.", DefaultValueFactory = _ => 1 };
    private static readonly Option<long> GlobalBatchSize = new("--global-batch-size") { Description = "Longest sequences in a step, over all devices.", Required = true };
    private static readonly Option<long[]> NumberOfShards = ListOf<long>("--number-of-shards", "Shards of each bucket, shortest sequences first.", required: true);
    private static readonly Option<long[]> SequencesPerShard = ListOf<long>("--sequence-per-shard", "Sequences in a shard of each bucket.");
    private static readonly Option<long[]> SequenceLengths = ListOf<long>("--sequence_sizes", "Tokens in a sequence of each bucket.");
    private static readonly Option<double[]> BatchMultipliers = ListOf<double>("--batch-mult", "Sequences in a step of each bucket, where the longest has one.");
    private static readonly Option<double[]> Odds = ListOf<double>("--train-data-mix-weights", "The odds of each bucket.");
    private static readonly Option<bool> Json = new("--json") { Description = "JSON instead of text." };

    internal static Command Build()
    {
        var command = new Command("released-recipe", "Works out the parameters with which the paper's released code would train, and the same as a batching section.");
        foreach (var option in (Option[])[Tokens, Epochs, Gpus, Workers, GlobalBatchSize, NumberOfShards, SequencesPerShard, SequenceLengths, BatchMultipliers, Odds, Json])
        {
            command.Options.Add(option);
        }

        command.SetAction(arguments => Guard.Run(() =>
        {
            var recipe = Read(arguments);
            var parameters = recipe.Compute();
            Console.Out.WriteLine(arguments.GetValue(Json) ? ToJson(parameters).ToJsonString() : ToText(recipe, parameters));
            return ExitCodes.Done;
        }));
        return command;
    }

    private static Option<T[]> ListOf<T>(string name, string description, bool required = false)
    {
        return new Option<T[]>(name) { Description = description, AllowMultipleArgumentsPerToken = true, Required = required };
    }

    private static ReleasedRecipe Read(ParseResult arguments)
    {
        var recipe = new ReleasedRecipe
        {
            Tokens = arguments.GetValue(Tokens),
            Epochs = arguments.GetValue(Epochs),
            Gpus = arguments.GetValue(Gpus),
            Workers = arguments.GetValue(Workers),
            GlobalBatchSize = arguments.GetValue(GlobalBatchSize),
            NumberOfShards = arguments.GetRequiredValue(NumberOfShards),
        };
        return recipe with
        {
            SequencesPerShard = GivenOr(arguments.GetValue(SequencesPerShard), recipe.SequencesPerShard),
            SequenceLengths = GivenOr(arguments.GetValue(SequenceLengths), recipe.SequenceLengths),
            BatchMultipliers = GivenOr(arguments.GetValue(BatchMultipliers), recipe.BatchMultipliers),
            Odds = GivenOr(arguments.GetValue(Odds), recipe.Odds),
        };
    }

    private static IReadOnlyList<T> GivenOr<T>(T[]? given, IReadOnlyList<T> usual)
    {
        return given is { Length: > 0 } ? given : usual;
    }

    private static string ToText(ReleasedRecipe recipe, ReleasedParameters parameters)
    {
        var tokens = parameters.TokensPerCycle * recipe.Epochs;
        return string.Create(CultureInfo.InvariantCulture, $"""
            tokens a cycle       {parameters.TokensPerCycle:N0}{(parameters.IsExact ? string.Empty : $" ({tokens:N0} in all; {recipe.Tokens:N0} cannot be met)")}
            sequences a cycle    {string.Join(' ', parameters.SequencesPerCycle)}
            weights              {string.Join(' ', parameters.Weights)}

            The same here, in as many shards as there are:
            batching:
              tokens_per_step: {recipe.GlobalBatchSize * recipe.SequenceLengths[^1]}
              max_tokens_per_pass: {tokens}
              cycles: {recipe.Epochs}
              curriculum: list
              odds: [{string.Join(", ", recipe.Odds)}]
              odds_times_tokens: true
            """);
    }

    private static JsonObject ToJson(ReleasedParameters parameters)
    {
        return new JsonObject
        {
            ["tokens_per_cycle"] = parameters.TokensPerCycle,
            ["sequences_per_cycle"] = new JsonArray([.. parameters.SequencesPerCycle.Select(count => (JsonNode)count)]),
            ["weights"] = new JsonArray([.. parameters.Weights.Select(weight => (JsonNode)weight)]),
            ["is_exact"] = parameters.IsExact,
        };
    }
}
