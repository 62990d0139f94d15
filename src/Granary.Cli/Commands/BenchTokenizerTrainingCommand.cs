using System.CommandLine;
using System.Globalization;
using System.Text.Json.Nodes;
using Granary.Core;
using Granary.Data.Tokenization;

namespace Granary.Cli.Commands;

/// <summary>`granary bench tokenizer-training`: what learning merges from a file costs.</summary>
internal static class BenchTokenizerTrainingCommand
{
    private static readonly TokenizerConfig AsReference = new() { SpecialTokens = [], FullAlphabet = false };

    internal static Command Build(TimeProvider time)
    {
        var command = new Command("tokenizer-training", "Times training on the lines of a file, with the settings of Hugging Face's trainer without options.");
        var input = new Option<string>("--input") { Description = "The text.", Required = true };
        var output = new Option<string>("--output") { Description = "Where the tokenizer.json goes.", Required = true };
        var splitter = new Option<string>("--splitter") { Description = "How text is cut into words.", DefaultValueFactory = _ => AsReference.Splitter };
        var vocabSize = new Option<int>("--vocab-size") { Description = "Entries at most.", DefaultValueFactory = _ => 30_000 };
        var threads = new Option<int>("--threads") { Description = "Threads that count words.", DefaultValueFactory = _ => 1 };
        ThreadsOption.RequirePositive(vocabSize);
        ThreadsOption.RequirePositive(threads);
        var json = new Option<bool>("--json") { Description = "One JSON object." };
        foreach (var option in (Option[])[input, output, splitter, vocabSize, threads, json])
        {
            command.Options.Add(option);
        }

        splitter.AcceptOnlyFromAmong([.. TokenizerConfig.Splitters]);
        command.SetAction(arguments => Guard.Run(() =>
        {
            var path = arguments.GetRequiredValue(input);
            if (!File.Exists(path))
            {
                throw new CorpusException(path, "There is no such file. Name a text file.");
            }

            var config = AsReference with { Splitter = arguments.GetRequiredValue(splitter), VocabSize = arguments.GetValue(vocabSize) };
            var begin = time.GetTimestamp();
            var trained = new BpeTrainer(config, arguments.GetValue(threads)).Train(Lines(path));
            var seconds = time.GetElapsedTime(begin).TotalSeconds;
            trained.Save(arguments.GetRequiredValue(output));
            Print(new FileInfo(path).Length, trained, seconds, arguments.GetValue(json));
            return ExitCodes.Done;
        }));
        return command;
    }

    // The reference trainer takes a file line by line, each line with its end.
    private static IEnumerable<ReadOnlyMemory<byte>> Lines(string path)
    {
        foreach (var block in LineBlocks.Read(path))
        {
            for (var rest = block; !rest.IsEmpty;)
            {
                var end = rest.Span.IndexOf((byte)'\n') + 1;
                var line = end > 0 ? rest[..end] : rest;
                yield return line;
                rest = rest[line.Length..];
            }
        }
    }

    private static void Print(long bytes, Tokenizer trained, double seconds, bool isJson)
    {
        var cpuSeconds = Environment.CpuUsage.TotalTime.TotalSeconds;
        if (isJson)
        {
            Console.Out.WriteLine(new JsonObject
            {
                ["bytes"] = bytes,
                ["entries"] = trained.EntryCount,
                ["seconds"] = seconds,
                ["cpu_seconds"] = cpuSeconds,
                ["peak_memory_bytes"] = PeakMemory.Read(),
            }.ToJsonString());
            return;
        }

        Console.Out.WriteLine(string.Create(
            CultureInfo.InvariantCulture,
            $"{bytes:N0} bytes, {trained.EntryCount:N0} entries: {seconds:F1} s, {cpuSeconds:F1} CPU-seconds of the process, peak {PeakMemory.Read() / 1e6:F0} MB"));
    }
}
