using System.Text.Json;

namespace Granary.Checkpoints.HuggingFace;

/// <summary>What an export must know of a tokenizer.json: how far its ids reach and how its special tokens are written.</summary>
internal sealed class TokenizerFile
{
    private readonly string _path;
    private readonly Dictionary<int, string> _added = [];
    private readonly int _idCount;

    public TokenizerFile(string path)
    {
        _path = path;
        try
        {
            Bytes = File.ReadAllBytes(path);
            using var document = JsonDocument.Parse(Bytes);
            _idCount = CountIds(document.RootElement);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException or JsonException or InvalidOperationException or FormatException or KeyNotFoundException)
        {
            throw new CheckpointException(path, $"The tokenizer cannot be read: {exception.Message} A tokenizer.json of Hugging Face's tokenizers is needed.", exception);
        }
    }

    /// <summary>The file as it is.</summary>
    public byte[] Bytes { get; }

    /// <summary>Makes sure that the model has an embedding for each id.</summary>
    public void CheckFits(int vocabSize)
    {
        if (_idCount > vocabSize)
        {
            throw new CheckpointException(_path, $"The tokenizer's ids go up to '{_idCount - 1}' but the model's vocab_size is {vocabSize}; export with the tokenizer the model was trained with.");
        }
    }

    /// <summary>How a special token is written; null without an id.</summary>
    public string? TextOf(string key, int? id)
    {
        if (id is not { } wanted)
        {
            return null;
        }

        return _added.TryGetValue(wanted, out var text)
            ? text
            : throw new CheckpointException(_path, $"'{key}' is '{wanted}', which is none of the tokenizer's added tokens ({string.Join(", ", _added.Keys.Order())}); name one of them or none.");
    }

    private int CountIds(JsonElement root)
    {
        var count = 0;
        foreach (var token in root.TryGetProperty("added_tokens", out var added) ? added.EnumerateArray() : default)
        {
            var id = token.GetProperty("id").GetInt32();
            _added[id] = token.GetProperty("content").GetString()!;
            count = Math.Max(count, id + 1);
        }

        // Unigram models list their pieces by position; the others map pieces to ids.
        var vocabulary = root.GetProperty("model").GetProperty("vocab");
        return vocabulary.ValueKind == JsonValueKind.Array
            ? Math.Max(count, vocabulary.GetArrayLength())
            : vocabulary.EnumerateObject().Aggregate(count, (most, piece) => Math.Max(most, piece.Value.GetInt32() + 1));
    }
}
