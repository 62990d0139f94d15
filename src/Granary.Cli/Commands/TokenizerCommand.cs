using System.CommandLine;
using System.Globalization;
using System.Text;
using Granary.Cli.Stages;
using Granary.Core;
using Granary.Data.Tokenization;

namespace Granary.Cli.Commands;

/// <summary>`granary tokenizer train|encode|decode|inspect`: text to ids and back, and what becomes of it.</summary>
internal static class TokenizerCommand
{
    internal static Command Build(TimeProvider time)
    {
        return new Command("tokenizer", "Trains a tokenizer, turns text into ids and back, and counts what a tokenizer makes of a text.")
        {
            BuildTrain(time),
            BuildEncode(),
            BuildDecode(),
            TokenizerInspectCommand.Build(time),
        };
    }

    private static Command BuildTrain(TimeProvider time)
    {
        var command = new Command("train", "Trains a run's tokenizer, after reading its corpus.");
        var options = new RunOptions().AddTo(command);
        command.SetAction(arguments => options.Run(arguments, time, (context, cancellationToken) =>
        {
            TokenizerStage.Run(context, CorpusReading.Run(context, cancellationToken), cancellationToken);
            context.View.Say(TokenizerStage.FilePath(context));
            return true;
        }));
        return command;
    }

    private static Command BuildEncode()
    {
        var command = new Command("encode", "Prints a text's ids, one a line.");
        var tokenizer = new Option<string>("--tokenizer") { Description = "A tokenizer.json.", Required = true };
        var input = new Option<string>("--input") { Description = "The text.", Required = true };
        var ids = new Option<bool>("--ids") { Description = "Ids, one a line: the only form, for scripts that name it." };
        command.Options.Add(tokenizer);
        command.Options.Add(input);
        command.Options.Add(ids);
        command.SetAction(arguments => Guard.Run(() =>
        {
            var buffer = new TokenBuffer();
            Tokenizer.Load(arguments.GetRequiredValue(tokenizer)).Encode(ReadFile(arguments.GetRequiredValue(input)), buffer);
            WriteIds(buffer.Ids);
            return ExitCodes.Done;
        }));
        return command;
    }

    private static Command BuildDecode()
    {
        var command = new Command("decode", "Prints the text of ids, exactly.");
        var tokenizer = new Option<string>("--tokenizer") { Description = "A tokenizer.json.", Required = true };
        var ids = new Option<string>("--ids") { Description = "A file of ids, one a line.", Required = true };
        command.Options.Add(tokenizer);
        command.Options.Add(ids);
        command.SetAction(arguments => Guard.Run(() =>
        {
            var loaded = Tokenizer.Load(arguments.GetRequiredValue(tokenizer));
            var bytes = loaded.DecodeBytes(ReadIds(arguments.GetRequiredValue(ids), loaded.VocabularySize));
            using var output = Console.OpenStandardOutput();
            output.Write(bytes);
            return ExitCodes.Done;
        }));
        return command;
    }

    private static byte[] ReadFile(string path)
    {
        if (Directory.Exists(path))
        {
            throw new CorpusException(path, "This is a folder, but a file is needed. Name a file.");
        }

        return File.Exists(path) ? File.ReadAllBytes(path) : throw new CorpusException(path, "There is no such file.");
    }

    private static int[] ReadIds(string path, int vocabulary)
    {
        return [.. Encoding.UTF8.GetString(ReadFile(path)).Split('\n')
            .Select((line, index) => (Text: line.Trim(), Line: index + 1))
            .Where(entry => entry.Text.Length > 0)
            .Select(entry => int.TryParse(entry.Text, NumberStyles.None, CultureInfo.InvariantCulture, out var id) && id < vocabulary
                ? id
                : throw new CorpusException(path, $"'{entry.Text}' is no id; an id is a number from 0 to {vocabulary - 1}.", entry.Line))];
    }

    private static void WriteIds(ReadOnlySpan<int> ids)
    {
        using var output = new StreamWriter(Console.OpenStandardOutput(), new UTF8Encoding(false), 1 << 16);
        foreach (var id in ids)
        {
            output.Write(id);
            output.Write('\n');
        }
    }
}
