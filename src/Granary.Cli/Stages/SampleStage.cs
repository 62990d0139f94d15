using System.Globalization;
using System.Text;
using Granary.Core.Configuration;
using Granary.Core.Files;
using Granary.Core.Randomness;
using Granary.Core.Runs;
using Granary.Data.Tokenization;
using Granary.Models.Decoder;
using Granary.Models.Generation;

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

    /// <summary>The ids behind a prompt, one by one; a prompt without ids begins at the end-of-text id.</summary>
    /// <exception cref="StageException">The prompt is empty and the tokenizer has no end-of-text id, or it is longer than the model takes.</exception>
    internal static IEnumerable<int> Generate(
        DecoderModel model, Tokenizer tokenizer, string prompt, GenerationConfig config, RandomKey key, CancellationToken cancellationToken)
    {
        var ids = tokenizer.Encode(prompt);
        if (ids.Length > model.Spec.MaxPositionEmbeddings)
        {
            throw new StageException(Name, $"The prompt has '{ids.Length}' tokens but the model takes at most {model.Spec.MaxPositionEmbeddings}; give a shorter one.");
        }

        if (ids.Length == 0)
        {
            ids = tokenizer.EndOfTextId is { } end ? [end] : throw new StageException(Name, "The prompt is empty and the tokenizer has no end-of-text token to begin with; give a prompt.");
        }

        if (ids.Length > model.Spec.MaxPositionEmbeddings)
        {
            throw new StageException(Name, $"The prompt has '{ids.Length}' tokens but must have at most {model.Spec.MaxPositionEmbeddings}, the longest the model takes; shorten it.");
        }

        foreach (var token in new TextGenerator(model).Generate(ids, config, key))
        {
            cancellationToken.ThrowIfCancellationRequested();
            yield return token.Id;
        }
    }

    private static StageOutput Write(RunContext context, TrainedModel trained, string path, CancellationToken cancellationToken)
    {
        var config = context.Config.Sample;
        var generation = config.ToGeneration(trained.Tokenizer.EndOfTextId);
        var (written, begin) = (0, context.Time.GetTimestamp());
        var texts = new List<string>();
        foreach (var (prompt, index) in config.Prompts.Select((prompt, index) => (prompt, index)))
        {
            var ids = Generate(trained.Decoder(Name), trained.Tokenizer, prompt, generation, context.Key.Use("sample").Fold(index), cancellationToken).ToArray();
            written += ids.Length;
            texts.Add(prompt + trained.Tokenizer.Decode(ids, skipSpecialTokens: true));
        }

        var seconds = context.Time.GetElapsedTime(begin).TotalSeconds;
        AtomicFile.WriteText(path, string.Join(Separator, texts) + "\n");
        return new StageOutput(
            string.Create(CultureInfo.InvariantCulture, $"{written:N0} tokens, {written / seconds:F0} a second, in {FileName}"), [context.RelativeTo(Name, path)]);
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
