using System.CommandLine;
using System.Globalization;
using System.Runtime.InteropServices;
using System.Security.Cryptography;
using System.Text.Json.Nodes;
using Granary.Core;
using Granary.Data.Tokenization;

namespace Granary.Cli.Commands;

/// <summary>`granary bench tokenizer`: how fast a text becomes ids on one thread.</summary>
internal static class BenchTokenizerCommand
{
    // Also the piece of bench/peers/tokenizer_peer.mjs: both must cut alike, or their ids differ.
    private const int MostBytesInPiece = 1 << 16;

    internal static Command Build(TimeProvider time)
    {
        var command = new Command("tokenizer", "Times encoding on one thread, in pieces of whole lines of at most 64 KiB.");
        var tokenizer = new Option<string>("--tokenizer") { Description = "A tokenizer.json.", Required = true };
        var input = new Option<string>("--input") { Description = "The text.", Required = true };
        var rounds = new Option<int>("--rounds") { Description = "Times the text is encoded; the first is cold.", DefaultValueFactory = _ => 7 };
        ThreadsOption.RequirePositive(rounds);
        var json = new Option<bool>("--json") { Description = "One JSON object." };
        foreach (var option in (Option[])[tokenizer, input, rounds, json])
        {
            command.Options.Add(option);
        }

        command.SetAction(arguments => Guard.Run(() =>
        {
            var loaded = Tokenizer.Load(arguments.GetRequiredValue(tokenizer));
            var path = arguments.GetRequiredValue(input);
            var text = File.Exists(path) ? File.ReadAllBytes(path) : throw new CorpusException(path, "There is no such file. Name a text file.");
            var ids = new TokenBuffer();
            var measured = Enumerable.Range(0, arguments.GetValue(rounds)).Select(_ => Round(loaded.CreateEncoder(), text, ids, time)).ToList();
            Print(text.Length, ids.Ids, measured, arguments.GetValue(json));
            return ExitCodes.Done;
        }));
        return command;
    }

    private static (double Seconds, double CpuSeconds) Round(TokenEncoder encoder, ReadOnlySpan<byte> text, TokenBuffer ids, TimeProvider time)
    {
        ids.Clear();
        var (begin, cpuBegin) = (time.GetTimestamp(), Environment.CpuUsage.TotalTime);
        while (!text.IsEmpty)
        {
            var piece = text[..PieceLength(text)];
            encoder.Encode(piece, ids);
            text = text[piece.Length..];
        }

        return (time.GetElapsedTime(begin).TotalSeconds, (Environment.CpuUsage.TotalTime - cpuBegin).TotalSeconds);
    }

    private static int PieceLength(ReadOnlySpan<byte> text)
    {
        if (text.Length <= MostBytesInPiece)
        {
            return text.Length;
        }

        var lines = text[..MostBytesInPiece].LastIndexOf((byte)'\n') + 1;
        return lines > 0 ? lines : MostBytesInPiece;
    }

    private static void Print(int bytes, ReadOnlySpan<int> ids, List<(double Seconds, double CpuSeconds)> rounds, bool isJson)
    {
        var hash = Convert.ToHexStringLower(SHA256.HashData(MemoryMarshal.AsBytes(ids)));
        if (isJson)
        {
            Console.Out.WriteLine(new JsonObject
            {
                ["bytes"] = bytes,
                ["tokens"] = ids.Length,
                ["seconds"] = new JsonArray([.. rounds.Select(round => round.Seconds)]),
                ["cpu_seconds"] = new JsonArray([.. rounds.Select(round => round.CpuSeconds)]),
                ["ids_sha256"] = hash,
                ["peak_memory_bytes"] = PeakMemory.Read(),
            }.ToJsonString());
            return;
        }

        var best = rounds.MinBy(round => round.CpuSeconds).CpuSeconds;
        Console.Out.WriteLine(string.Create(
            CultureInfo.InvariantCulture,
            $"{bytes:N0} bytes, {ids.Length:N0} tokens: {bytes / 1e6 / best:F1} MB a CPU-second (best of {rounds.Count}), peak {PeakMemory.Read() / 1e6:F0} MB, SHA-256 of the ids {hash}"));
    }
}
