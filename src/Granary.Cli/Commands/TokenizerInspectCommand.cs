using System.CommandLine;
using Granary.Cli.Stages;
using Granary.Cli.Terminal;
using Granary.Core;
using Granary.Core.Configuration;
using Granary.Core.Progress;
using Granary.Data.Tokenization;
using Granary.Pipelines.Corpus;

namespace Granary.Cli.Commands;

/// <summary>`granary tokenizer inspect`: how one or two tokenizers cut a text, source by source.</summary>
internal static class TokenizerInspectCommand
{
    private const int MostTokenizers = 2;

    internal static Command Build(TimeProvider time)
    {
        var command = new Command("inspect", "Counts, source by source, what one tokenizer makes of a text, or two side by side.");
        var tokenizer = new Option<string[]>("--tokenizer") { Description = "A tokenizer.json. Twice: both, and their ratio.", Required = true };
        var input = new Option<string[]>("--input") { Description = "Text files, each a source.", AllowMultipleArgumentsPerToken = true };
        var config = new Option<string?>("--config") { Description = "A run's YAML file, in place of --input: the sources of its corpus." };
        var overrides = new Option<string[]>("--set") { Description = "Overrides a key. May be repeated." };
        var json = new Option<bool>("--json") { Description = "One JSON object." };
        foreach (var option in (Option[])[tokenizer, input, config, overrides, json])
        {
            command.Options.Add(option);
        }

        command.Validators.Add(result =>
        {
            if (result.GetValue(config) is null == result.GetValue(input) is null or { Length: 0 })
            {
                result.AddError("Give either --input FILE... or --config FILE.");
            }

            if (result.GetValue(tokenizer)?.Length > MostTokenizers)
            {
                result.AddError($"'--tokenizer' is given {result.GetValue(tokenizer)!.Length} times but at most {MostTokenizers} are compared.");
            }
        });
        command.SetAction(arguments => Guard.Run(() =>
        {
            var files = arguments.GetRequiredValue(tokenizer);
            var tokenizers = Array.ConvertAll(files, Tokenizer.Load);
            using var interruption = new Interruption();
            using var view = arguments.GetValue(json) ? null : RunViews.Open(isJson: false, time);
            var texts = arguments.GetValue(config) is { } path
                ? CorpusTexts(ConfigurationFile.Load<RunConfig>(path, arguments.GetValue(overrides) ?? []), time, view, interruption.Token)
                : FileTexts(arguments.GetValue(input)!, view, interruption.Token);
            var reports = Inspect(tokenizers, texts);
            view?.Dispose();
            var printer = new TokenizerReportPrinter(files, tokenizers, reports);
            Console.Out.WriteLine(arguments.GetValue(json) ? printer.ToJson().ToJsonString() : printer.ToText());
            return ExitCodes.Done;
        }));
        return command;
    }

    private static TokenizerReport[] Inspect(Tokenizer[] tokenizers, IEnumerable<(string Source, ReadOnlyMemory<byte> Text)> texts)
    {
        var inspectors = Array.ConvertAll(tokenizers, tokenizer => new TokenizerInspector(tokenizer));
        foreach (var (source, text) in texts)
        {
            foreach (var inspector in inspectors)
            {
                inspector.Add(source, text.Span);
            }
        }

        return Array.ConvertAll(inspectors, inspector => inspector.Report());
    }

    private static IEnumerable<(string Source, ReadOnlyMemory<byte> Text)> CorpusTexts(
        RunConfig config, TimeProvider time, IProgress<ProgressUpdate>? progress, CancellationToken cancellationToken)
    {
        return CorpusReading.Reader(config.Corpus, time, Environment.ProcessorCount, Path.GetTempPath())
            .Read(new CorpusTally(), progress, cancellationToken)
            .Select(document => (config.Corpus.Sources[document.Source].Name, document.Text));
    }

    private static IEnumerable<(string Source, ReadOnlyMemory<byte> Text)> FileTexts(
        string[] paths, IProgress<ProgressUpdate>? progress, CancellationToken cancellationToken)
    {
        var files = Array.ConvertAll(paths, Existing);
        var (done, total) = (0L, files.Sum(file => file.Length));
        foreach (var (file, path) in files.Zip(paths))
        {
            foreach (var block in LineBlocks.Read(file.FullName))
            {
                cancellationToken.ThrowIfCancellationRequested();
                yield return (path, block);
                done += block.Length;
                progress?.Report(new ProgressUpdate("inspecting", done, total, "bytes"));
            }
        }
    }

    private static FileInfo Existing(string path)
    {
        if (Directory.Exists(path))
        {
            throw new CorpusException(path, "This is a folder, but a file is needed. Name a file.");
        }

        return File.Exists(path) ? new FileInfo(path) : throw new CorpusException(path, "There is no such file. Name a text file.");
    }
}
