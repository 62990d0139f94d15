using System.Text;
using System.Text.Json;
using Granary.Cli.Mixtures;
using Granary.Core;
using Granary.Data.Tokenization;
using Granary.Pipelines.Corpus;
using Granary.Training.Evaluation;

namespace Granary.Cli.Stages;

/// <summary>The run's held-out documents, in the order of their ids: a fair draw from all sources, whatever part is taken.</summary>
internal static class HeldOutText
{
    /// <summary>Documents until so many bytes are reached, without those that judged the run's mixture; 0 takes all.</summary>
    /// <exception cref="CorpusException">A line of the file is no document.</exception>
    internal static IReadOnlyList<byte[]> Read(RunContext context, long maxBytes)
    {
        var documents = ReadDocuments(context.PathOf(CorpusStage.Name, CorpusStage.HeldOutFileName));
        var searched = context.Config.Mix?.SearchShare ?? 0;
        return [.. UpTo(maxBytes, documents.Where(document => !HeldOutSplit.IsForSearch(document.Id, searched))).Select(document => document.Text)];
    }

    /// <summary>The documents of a file, in the order of their ids.</summary>
    /// <exception cref="CorpusException">A line of the file is no document.</exception>
    internal static IReadOnlyList<HeldOutDocument> ReadDocuments(string path)
    {
        return [.. File.ReadLines(path).Select((line, index) => Parse(path, line, index + 1)).OrderBy(document => document.Id, StringComparer.Ordinal)];
    }

    /// <summary>Documents from the first until so many bytes are reached, at least one; 0 takes all.</summary>
    internal static IEnumerable<HeldOutDocument> UpTo(long maxBytes, IEnumerable<HeldOutDocument> documents)
    {
        var bytes = 0L;
        foreach (var document in documents)
        {
            if (maxBytes > 0 && bytes > 0 && bytes + document.Text.Length > maxBytes)
            {
                yield break;
            }

            yield return document;
            bytes += document.Text.Length;
        }
    }

    /// <summary>The texts of JSON lines, each in a field 'text'.</summary>
    /// <exception cref="CorpusException">A line is no such document.</exception>
    internal static IReadOnlyList<byte[]> ReadLines(string path)
    {
        return [.. File.ReadLines(path).Select((line, index) => TextOfLine(path, line, index + 1))];
    }

    /// <summary>Texts as the ids a model predicts, without an end-of-text id: it stands for no byte.</summary>
    internal static IEnumerable<EvaluationDocument> Encode(IReadOnlyList<byte[]> texts, Tokenizer tokenizer)
    {
        var encoder = tokenizer.CreateEncoder();
        var ids = new TokenBuffer();
        foreach (var text in texts)
        {
            ids.Clear();
            encoder.Encode(text, ids);
            yield return new EvaluationDocument(ids.ToArray(), text.Length);
        }
    }

    private static HeldOutDocument Parse(string path, string line, int number)
    {
        try
        {
            using var json = JsonDocument.Parse(line);
            return new HeldOutDocument(TextOf(json, "id"), SourceOf(json), Encoding.UTF8.GetBytes(TextOf(json, "text")));
        }
        catch (Exception exception) when (exception is JsonException or KeyNotFoundException or InvalidOperationException)
        {
            throw new CorpusException(path, "The line is no held-out document. Delete the corpus stage's folder and run again.", number, inner: exception);
        }
    }

    private static byte[] TextOfLine(string path, string line, int number)
    {
        try
        {
            using var json = JsonDocument.Parse(line);
            return Encoding.UTF8.GetBytes(TextOf(json, "text"));
        }
        catch (Exception exception) when (exception is JsonException or KeyNotFoundException or InvalidOperationException)
        {
            throw new CorpusException(path, "The line is no JSON object with a text in its field 'text'. Mend it, or leave out --jsonl where the file is one text.", number, inner: exception);
        }
    }

    private static string SourceOf(JsonDocument json)
    {
        return json.RootElement.TryGetProperty("source", out var source) ? source.GetString() ?? string.Empty : string.Empty;
    }

    private static string TextOf(JsonDocument json, string name)
    {
        return json.RootElement.GetProperty(name).GetString() ?? throw new JsonException($"'{name}' is null.");
    }
}
