using System.Buffers;
using System.Text.Json;

namespace Granary.Data.Tokenization;

/// <summary>Writes a tokenizer.json in one canonical form, so that equal tokenizers have equal bytes.</summary>
internal static class TokenizerJsonWriter
{
    /// <summary>The canonical file's content.</summary>
    internal static byte[] Write(TokenizerDefinition definition)
    {
        var buffer = new ArrayBufferWriter<byte>(1 << 20);
        using (var json = new Utf8JsonWriter(buffer, new JsonWriterOptions { Indented = true, NewLine = "\n", Encoder = new MinimalJsonEncoder() }))
        {
            json.WriteStartObject();
            json.WriteString("version", "1.0");
            json.WriteNull("truncation");
            json.WriteNull("padding");
            WriteAddedTokens(json, definition.AddedTokens);
            WriteNormalizer(json, definition);
            WritePreTokenizer(json, definition);
            WritePostProcessor(json, definition);
            WriteDecoder(json, definition);
            WriteModel(json, definition);
            json.WriteEndObject();
        }

        return [.. buffer.WrittenSpan, (byte)'\n'];
    }

    private static void WriteAddedTokens(Utf8JsonWriter json, IReadOnlyList<AddedToken> tokens)
    {
        json.WriteStartArray("added_tokens");
        foreach (var token in tokens)
        {
            json.WriteStartObject();
            json.WriteNumber("id", token.Id);
            json.WriteString("content", token.Content);
            json.WriteBoolean("single_word", token.SingleWord);
            json.WriteBoolean("lstrip", token.LeftStrip);
            json.WriteBoolean("rstrip", token.RightStrip);
            json.WriteBoolean("normalized", token.Normalized);
            json.WriteBoolean("special", token.Special);
            json.WriteEndObject();
        }

        json.WriteEndArray();
    }

    private static void WriteNormalizer(Utf8JsonWriter json, TokenizerDefinition definition)
    {
        if (!definition.NormalizesToNfc)
        {
            json.WriteNull("normalizer");
            return;
        }

        json.WriteStartObject("normalizer");
        json.WriteString("type", "NFC");
        json.WriteEndObject();
    }

    private static void WritePreTokenizer(Utf8JsonWriter json, TokenizerDefinition definition)
    {
        var hasOwnRegex = definition.IsByteLevel && definition.Splitter is Splitting.Gpt2Splitter;
        var pattern = hasOwnRegex ? null : definition.Splitter.Pattern;
        if (pattern is null && !definition.IsByteLevel)
        {
            json.WriteNull("pre_tokenizer");
            return;
        }

        json.WriteStartObject("pre_tokenizer");
        if (pattern is not null && definition.IsByteLevel)
        {
            json.WriteString("type", "Sequence");
            json.WriteStartArray("pretokenizers");
            json.WriteStartObject();
        }

        if (pattern is not null)
        {
            json.WriteString("type", "Split");
            json.WriteStartObject("pattern");
            json.WriteString("Regex", pattern);
            json.WriteEndObject();
            json.WriteString("behavior", "Isolated");
            json.WriteBoolean("invert", false);
        }

        if (pattern is not null && definition.IsByteLevel)
        {
            json.WriteEndObject();
            json.WriteStartObject();
        }

        if (definition.IsByteLevel)
        {
            json.WriteString("type", "ByteLevel");
            json.WriteBoolean("add_prefix_space", definition.AddsPrefixSpace);
            json.WriteBoolean("trim_offsets", true);
            json.WriteBoolean("use_regex", hasOwnRegex);
        }

        if (pattern is not null && definition.IsByteLevel)
        {
            json.WriteEndObject();
            json.WriteEndArray();
        }

        json.WriteEndObject();
    }

    private static void WritePostProcessor(Utf8JsonWriter json, TokenizerDefinition definition)
    {
        if (definition is { Prefix.Count: 0, Suffix.Count: 0 })
        {
            json.WriteNull("post_processor");
            return;
        }

        json.WriteStartObject("post_processor");
        json.WriteString("type", "TemplateProcessing");
        WriteTemplate(json, "single", definition, texts: ["A"]);
        WriteTemplate(json, "pair", definition, texts: ["A", "B"]);
        json.WriteStartObject("special_tokens");
        foreach (var token in definition.Prefix.Concat(definition.Suffix).Distinct())
        {
            json.WriteStartObject(token);
            json.WriteString("id", token);
            json.WriteStartArray("ids");
            json.WriteNumberValue(IdOf(definition, token));
            json.WriteEndArray();
            json.WriteStartArray("tokens");
            json.WriteStringValue(token);
            json.WriteEndArray();
            json.WriteEndObject();
        }

        json.WriteEndObject();
        json.WriteEndObject();
    }

    private static void WriteTemplate(Utf8JsonWriter json, string key, TokenizerDefinition definition, string[] texts)
    {
        json.WriteStartArray(key);
        for (var i = 0; i < texts.Length; i++)
        {
            foreach (var token in definition.Prefix)
            {
                WritePiece(json, "SpecialToken", token, i);
            }

            WritePiece(json, "Sequence", texts[i], i);
            foreach (var token in definition.Suffix)
            {
                WritePiece(json, "SpecialToken", token, i);
            }
        }

        json.WriteEndArray();
    }

    private static void WritePiece(Utf8JsonWriter json, string kind, string id, int type)
    {
        json.WriteStartObject();
        json.WriteStartObject(kind);
        json.WriteString("id", id);
        json.WriteNumber("type_id", type);
        json.WriteEndObject();
        json.WriteEndObject();
    }

    private static void WriteDecoder(Utf8JsonWriter json, TokenizerDefinition definition)
    {
        json.WriteStartObject("decoder");
        if (definition.IsByteLevel)
        {
            json.WriteString("type", "ByteLevel");
            json.WriteBoolean("add_prefix_space", definition.AddsPrefixSpace);
            json.WriteBoolean("trim_offsets", true);
            json.WriteBoolean("use_regex", true);
        }
        else
        {
            json.WriteString("type", "Sequence");
            json.WriteStartArray("decoders");
            foreach (var part in (string[])["ByteFallback", "Fuse"])
            {
                json.WriteStartObject();
                json.WriteString("type", part);
                json.WriteEndObject();
            }

            json.WriteEndArray();
        }

        json.WriteEndObject();
    }

    private static void WriteModel(Utf8JsonWriter json, TokenizerDefinition definition)
    {
        json.WriteStartObject("model");
        json.WriteString("type", "BPE");
        json.WriteNull("dropout");
        json.WriteString("unk_token", definition.UnknownToken);
        json.WriteNull("continuing_subword_prefix");
        json.WriteNull("end_of_word_suffix");
        json.WriteBoolean("fuse_unk", definition.FusesUnknown);
        json.WriteBoolean("byte_fallback", definition.FallsBackToBytes);
        json.WriteBoolean("ignore_merges", definition.IgnoresMerges);
        json.WriteStartObject("vocab");
        foreach (var (token, id) in definition.Vocabulary.OrderBy(entry => entry.Value))
        {
            json.WriteNumber(token, id);
        }

        json.WriteEndObject();
        json.WriteStartArray("merges");
        foreach (var (left, right) in definition.Merges)
        {
            json.WriteStartArray();
            json.WriteStringValue(left);
            json.WriteStringValue(right);
            json.WriteEndArray();
        }

        json.WriteEndArray();
        json.WriteEndObject();
    }

    private static int IdOf(TokenizerDefinition definition, string token)
    {
        return definition.Vocabulary.TryGetValue(token, out var id) ? id : definition.AddedTokens.First(added => added.Content == token).Id;
    }
}
