using System.Globalization;
using System.Text;
using Granary.Core.Configuration;
using Granary.Core.Files;
using Granary.Core.Runs;
using Granary.Data.Tokenization;

namespace Granary.Cli.Stages;

/// <summary>Lets the model go on from each prompt.</summary>
internal static class SampleStage
{
    internal const string Name = "sample";
    internal const string FileName = "samples.txt";
    private const string Separator = "\n\n----\n\n";

    /// <summary>Compares the prompts with what the model takes, before anything is trained for them.</summary>
    /// <exception cref="ConfigurationException">A prompt is too long.</exception>
    internal static void Check(RunConfig config, Tokenizer tokenizer)
    {
        var errors = new ConfigurationErrors();
        foreach (var (prompt, index) in config.Sample.Prompts.Select((prompt, index) => (prompt, index)))
        {
            var length = tokenizer.Encode(prompt).Length;
            errors.Require(
                length <= config.Model.MaxPositionEmbeddings, $"sample.prompts.{index}", $"{length} tokens long", $"at most model.max_position_embeddings ({config.Model.MaxPositionEmbeddings}) tokens");
        }

        errors.ThrowIfAny("sample");
    }

    internal static void Run(RunContext context, TrainedModel trained, CancellationToken cancellationToken)
    {
        var config = context.Config.Sample;
        if (config.Prompts.Count == 0)
        {
            return;
        }

        context.View.BeginStage(Name, $"write {config.Tokens} tokens behind each of {config.Prompts.Count} prompts");
        var path = Path.Combine(context.Folder.Path, FileName);
        var (record, wasSkipped) = StageRecord.Run(
            context.Folder.StagePath(Name), trained.Hash, StageRecord.HashOf("sample 1", ConfigurationFile.Write(config)), () => Write(context, trained, path, cancellationToken));
        context.View.EndStage(Name, record.OutputHash, wasSkipped);
        foreach (var text in File.ReadAllText(path).Split(Separator))
        {
            context.View.Say($"\"{OneLine(text.TrimEnd('\n'))}\"");
        }
    }

    private static StageOutput Write(RunContext context, TrainedModel trained, string path, CancellationToken cancellationToken)
    {
        var config = context.Config.Sample;
        var writer = new PromptWriter(trained.Decoder(Name), trained.Tokenizer, config.ToGeneration(), config.Stop, config.Draft, context.Time);
        var texts = new List<string>();
        foreach (var (prompt, index) in config.Prompts.Select((prompt, index) => (prompt, index)))
        {
            texts.Add(prompt + string.Concat(writer.Write(prompt, context.Key.Use("sample").Fold(index), [], cancellationToken)));
        }

        var tally = writer.Tally;
        AtomicFile.WriteText(path, string.Join(Separator, texts) + "\n");
        return new StageOutput(
            string.Create(CultureInfo.InvariantCulture, $"{tally.Tokens:N0} tokens, {tally.TokensPerSecond:F0} a second, {tally.AcceptedLength:F1} a model call, in {FileName}"), [context.RelativeTo(Name, path)]);
    }

    private static string OneLine(string text)
    {
        var line = new StringBuilder();
        foreach (var letter in text)
        {
            line.Append(letter switch
            {
                '\n' => "\\n",
                '\r' => string.Empty,
                _ when char.IsControl(letter) => "?",
                _ => letter.ToString(),
            });
        }

        return line.ToString();
    }
}
