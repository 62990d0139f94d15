using System.CommandLine;
using System.Globalization;
using System.Text.Json.Nodes;
using Granary.Cli.Mixtures;
using Granary.Cli.Stages;
using Granary.Core;
using Granary.Core.Configuration;
using Granary.Data.Shards;
using Granary.Pipelines.Decomposition;

namespace Granary.Cli.Commands;

/// <summary>`granary decompose`: documents to bucket shards, or, with --lengths, what would come of given lengths.</summary>
internal static class DecomposeCommand
{
    internal static Command Build(TimeProvider time)
    {
        var command = new Command("decompose", "Cuts a run's documents into bucket shards; with --lengths only counts what would come of document lengths.");
        var config = new Argument<string?>("config") { Description = "The run's YAML file.", Arity = ArgumentArity.ZeroOrOne };
        var overrides = new Option<string[]>("--set") { Description = "Overrides a key. May be repeated." };
        var runs = new Option<string>("--runs") { Description = "The folder that holds the runs' folders.", DefaultValueFactory = _ => RunOptions.DefaultRuns };
        var lengths = new Option<string?>("--lengths") { Description = "A file of document lengths in tokens, one a line." };
        var min = new Option<int>("--min") { Description = "Exponent of the shortest piece.", DefaultValueFactory = _ => 8 };
        var max = new Option<int>("--max") { Description = "Exponent of the longest piece.", DefaultValueFactory = _ => 13 };
        var pieces = new Option<string>("--pieces") { Description = "What a piece holds.", DefaultValueFactory = _ => "2^k" }.AcceptOnlyFromAmong("2^k", "2^k+1", "overlap-1");
        var longDocuments = new Option<string>("--long") { Description = "How documents above the longest piece are cut.", DefaultValueFactory = _ => "cap" }.AcceptOnlyFromAmong("cap", "random");
        var seed = new Option<long>("--seed") { Description = "For --long random.", DefaultValueFactory = _ => 1 };
        var verify = new Option<bool>("--verify") { Description = "Checks every byte of the shards afterwards." };
        var json = new Option<bool>("--json") { Description = "JSON instead of text." };
        command.Arguments.Add(config);
        foreach (var option in (Option[])[overrides, runs, lengths, min, max, pieces, longDocuments, seed, verify, json])
        {
            command.Options.Add(option);
        }

        command.Subcommands.Add(ReleasedRecipeCommand.Build());
        command.Subcommands.Add(DecomposeTokensCommand.Build(time));
        command.Validators.Add(result =>
        {
            if (result.GetValue(config) is null == result.GetValue(lengths) is null)
            {
                result.AddError("Give either a configuration or --lengths FILE.");
            }

            if (result.GetValue(verify) && result.GetValue(lengths) is not null)
            {
                result.AddError("'--verify' needs shards, and --lengths makes none.");
            }
        });
        command.SetAction(arguments =>
        {
            if (arguments.GetValue(lengths) is not { } file)
            {
                return RunOptions.Run(
                    () => ConfigurationFile.Load<RunConfig>(arguments.GetValue(config)!, arguments.GetValue(overrides) ?? []),
                    arguments.GetRequiredValue(runs),
                    arguments.GetValue(json),
                    time,
                    (context, cancellationToken) => Decompose(context, arguments.GetValue(verify), cancellationToken));
            }

            return Guard.Run(() =>
            {
                var decomposition = new DecompositionConfig
                {
                    MinExponent = arguments.GetValue(min),
                    MaxExponent = arguments.GetValue(max),
                    Pieces = arguments.GetRequiredValue(pieces),
                    LongDocuments = arguments.GetRequiredValue(longDocuments),
                };
                var errors = new ConfigurationErrors();
                decomposition.Validate("--decompose", errors);
                errors.ThrowIfAny("decompose");
                Print(DecompositionLedger.Count(Lengths(file), decomposition, arguments.GetValue(seed)), arguments.GetValue(json));
                return ExitCodes.Done;
            });
        });
        return command;
    }

    private static bool Decompose(RunContext context, bool isVerified, CancellationToken cancellationToken)
    {
        var corpus = CorpusReading.Run(context, cancellationToken);
        var tokenizer = TokenizerStage.Run(context, corpus, cancellationToken);
        var manifest = DecomposeStage.Run(ClusterReading.Run(context, corpus, cancellationToken), corpus, tokenizer, cancellationToken);
        foreach (var bucket in manifest.Ledger.Buckets)
        {
            context.View.Say($"{(manifest.Identity.IsPacked ? "rows" : "pieces")} of {1L << bucket.Exponent,6:N0} tokens: {bucket.Pieces,10:N0}");
        }

        if (isVerified)
        {
            Verify(context, cancellationToken);
        }

        return true;
    }

    private static void Verify(RunContext context, CancellationToken cancellationToken)
    {
        var path = DecomposeStage.ManifestPath(context);
        var verification = ShardsVerifyCommand.Verify(path, context.View, cancellationToken);
        if (verification.Faults.Count > 0)
        {
            throw new CorpusException(path, $"The set has '{verification.Faults.Count}' faults, listed above. Remove the folder and decompose again.");
        }

        context.View.Say(ShardsVerifyCommand.Summary(verification));
    }

    private static IEnumerable<long> Lengths(string path)
    {
        if (Directory.Exists(path))
        {
            throw new CorpusException(path, "This is a folder, but a file is needed. Name a file of document lengths, one a line.");
        }

        if (!File.Exists(path))
        {
            throw new CorpusException(path, "There is no such file. Name a file of document lengths, one a line.");
        }

        var number = 0L;
        foreach (var line in File.ReadLines(path))
        {
            number++;
            if (string.IsNullOrWhiteSpace(line))
            {
                continue;
            }

            yield return long.TryParse(line.AsSpan().Trim(), NumberStyles.None, CultureInfo.InvariantCulture, out var length)
                ? length
                : throw new CorpusException(path, $"'{line}' is no length; a length is a whole number of 0 or more.", number);
        }
    }

    private static void Print(TokenLedger ledger, bool isJson)
    {
        if (isJson)
        {
            Console.Out.WriteLine(ToJson(ledger).ToJsonString());
            return;
        }

        Console.Out.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{ledger.Documents:N0} documents, {ledger.TokensRead:N0} tokens"));
        foreach (var bucket in ledger.Buckets)
        {
            Console.Out.WriteLine(string.Create(CultureInfo.InvariantCulture, $"pieces of {1L << bucket.Exponent,8:N0}: {bucket.Pieces,12:N0}"));
        }

        Console.Out.WriteLine(string.Create(
            CultureInfo.InvariantCulture,
            $"kept {ledger.TokensKept:N0} + dropped {ledger.TokensRead - ledger.TokensKept:N0} = read {ledger.TokensRead:N0}; mean length {LengthStatistics.AverageSequenceLength(ledger.Buckets):F1}, mean context {LengthStatistics.AverageContextLength(ledger.Buckets):F1}"));
    }

    private static JsonObject ToJson(TokenLedger ledger)
    {
        return new JsonObject
        {
            ["pieces"] = new JsonObject(ledger.Buckets.Select(bucket => KeyValuePair.Create(
                (1L << bucket.Exponent).ToString(CultureInfo.InvariantCulture), (JsonNode?)bucket.Pieces))),
            ["ledger"] = LedgerJson.Of(ledger),
        };
    }
}
