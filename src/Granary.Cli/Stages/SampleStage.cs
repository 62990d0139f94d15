using System.Globalization;
using System.Text;
using Granary.Core.Files;
using Granary.Core.Randomness;
using Granary.Data.Tokenization;
using Granary.Models.Decoder;
using Granary.Models.Generation;

namespace Granary.Cli.Stages;

/// <summary>Lets the model go on from each prompt.</summary>
internal static class SampleStage
{
    internal const string Name = "sample";
    internal const string FileName = "samples.txt";

    internal static void Run(RunContext context, DecoderModel model, Tokenizer tokenizer, CancellationToken cancellationToken)
    {
        var config = context.Config.Sample;
        if (config.Prompts.Count == 0)
        {
            return;
        }

        context.View.BeginStage(Name, $"write {config.Tokens} tokens behind each of {config.Prompts.Count} prompts");
        var (written, begin) = (0, context.Time.GetTimestamp());
        var texts = new List<string>();
        foreach (var (prompt, index) in config.Prompts.Select((prompt, index) => (prompt, index)))
        {
            var ids = Generate(model, tokenizer, prompt, config.ToGeneration(tokenizer.EndOfTextId), context.Key.Use("sample").Fold(index), cancellationToken).ToArray();
            written += ids.Length;
            texts.Add(prompt + tokenizer.Decode(ids, skipSpecialTokens: true));
        }

        var seconds = context.Time.GetElapsedTime(begin).TotalSeconds;
        AtomicFile.WriteText(Path.Combine(context.Folder.Path, FileName), string.Join("\n\n----\n\n", texts) + "\n");
        context.View.EndStage(Name, string.Create(CultureInfo.InvariantCulture, $"{written:N0} tokens, {written / seconds:F0} a second, in {FileName}"), wasSkipped: false);
        foreach (var text in texts)
        {
            context.View.Say($"\"{OneLine(text)}\"");
        }
    }

    /// <summary>The ids behind a prompt, one by one; a prompt without ids begins at the end-of-text id.</summary>
    /// <exception cref="StageException">The prompt is empty and the tokenizer has no end-of-text id.</exception>
    internal static IEnumerable<int> Generate(
        DecoderModel model, Tokenizer tokenizer, string prompt, GenerationConfig config, RandomKey key, CancellationToken cancellationToken)
    {
        var ids = tokenizer.Encode(prompt);
        if (ids.Length == 0)
        {
            ids = tokenizer.EndOfTextId is { } end ? [end] : throw new StageException(Name, "The prompt is empty and the tokenizer has no end-of-text token to begin with; give a prompt.");
        }

        foreach (var token in new TextGenerator(model).Generate(ids, config, key))
        {
            cancellationToken.ThrowIfCancellationRequested();
            yield return token.Id;
        }
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
