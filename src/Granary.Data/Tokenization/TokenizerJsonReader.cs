using System.Text.Json;
using Granary.Core;
using Granary.Data.Tokenization.Splitting;

namespace Granary.Data.Tokenization;

/// <summary>Reads the format of Hugging Face's tokenizer.json and refuses, by its name, whatever would change ids unnoticed.</summary>
internal sealed class TokenizerJsonReader
{
    private readonly string _name;

    private TokenizerJsonReader(string name)
    {
        _name = name;
    }

    /// <summary>Reads a file's content; <paramref name="name"/> is what errors call it.</summary>
    internal static TokenizerDefinition Read(ReadOnlyMemory<byte> utf8, string name)
    {
        var bytes = utf8.Span.StartsWith("\uFEFF"u8) ? utf8[3..] : utf8;
        try
        {
            using var document = JsonDocument.Parse(bytes);
            return new TokenizerJsonReader(name).ReadRoot(document.RootElement);
        }
        catch (JsonException error)
        {
            // The parser's own message may quote the file over many lines.
            throw new CorpusException(name, $"The tokenizer is not valid JSON from byte {error.BytePositionInLine} of the line on. Name a tokenizer.json.", (error.LineNumber ?? -1) + 1, inner: error);
        }
        catch (InvalidOperationException error)
        {
            // JsonElement's way to say that a value has another kind than the format wants.
            throw new CorpusException(name, $"The tokenizer does not have the form of a tokenizer.json: {error.Message}", inner: error);
        }
    }

    private TokenizerDefinition ReadRoot(JsonElement root)
    {
        RequireKnown(root, "tokenizer", ["version", "truncation", "padding", "added_tokens", "normalizer", "pre_tokenizer", "post_processor", "decoder", "model"]);
        RequireNull(root, "truncation");
        RequireNull(root, "padding");
        var model = Require(root, "model", "tokenizer");
        var definition = ReadModel(model);
        definition = definition with { NormalizesToNfc = ReadNormalizer(Optional(root, "normalizer")) };
        definition = ReadPreTokenizer(Optional(root, "pre_tokenizer"), definition);
        definition = definition with { AddedTokens = ReadAddedTokens(Optional(root, "added_tokens"), definition.Vocabulary) };
        definition = ReadPostProcessor(Optional(root, "post_processor"), definition);
        CheckDecoder(Optional(root, "decoder"), definition);
        return definition;
    }

    private TokenizerDefinition ReadModel(JsonElement model)
    {
        var type = Text(model, "type");
        if (type is not (null or "BPE"))
        {
            throw Unsupported("model", type, "'BPE'");
        }

        if (type is null && (model.TryGetProperty("unk_id", out _) || model.TryGetProperty("max_input_chars_per_word", out _)))
        {
            throw Unsupported("model", model.TryGetProperty("unk_id", out _) ? "Unigram" : "WordPiece", "'BPE'");
        }

        RequireKnown(model, "model", ["type", "dropout", "unk_token", "continuing_subword_prefix", "end_of_word_suffix", "fuse_unk", "byte_fallback", "ignore_merges", "vocab", "merges"]);
        if (Optional(model, "dropout") is { } dropout && dropout.GetDouble() != 0)
        {
            throw Unsupported("model.dropout", dropout.GetRawText(), "null or 0");
        }

        foreach (var affix in (string[])["continuing_subword_prefix", "end_of_word_suffix"])
        {
            if (Text(model, affix) is { Length: > 0 } value)
            {
                throw Unsupported($"model.{affix}", value, "null or empty");
            }
        }

        var vocabulary = ReadVocabulary(Require(model, "vocab", "model"));
        var unknown = Text(model, "unk_token");
        if (unknown is not null && !vocabulary.ContainsKey(unknown))
        {
            throw Fault($"The model's unk_token '{unknown}' is not in its vocabulary. Add it or set unk_token to null.");
        }

        return new TokenizerDefinition
        {
            Vocabulary = vocabulary,
            Merges = ReadMerges(Require(model, "merges", "model")),
            UnknownToken = unknown,
            FusesUnknown = Flag(model, "fuse_unk", false),
            FallsBackToBytes = Flag(model, "byte_fallback", false),
            IgnoresMerges = Flag(model, "ignore_merges", false),
            Splitter = SplitterFamilies.Whole,
            IsByteLevel = false,
        };
    }

    private Dictionary<string, int> ReadVocabulary(JsonElement entries)
    {
        var vocabulary = new Dictionary<string, int>(entries.GetPropertyCount());
        var ids = new Dictionary<int, string>(vocabulary.Capacity);
        foreach (var entry in entries.EnumerateObject())
        {
            if (!entry.Value.TryGetInt32(out var id) || id is < 0 or > Tokenizer.HighestId)
            {
                throw Fault($"Token '{entry.Name}' has the id '{entry.Value.GetRawText()}' but ids go from 0 to {Tokenizer.HighestId}.");
            }

            if (!ids.TryAdd(id, entry.Name))
            {
                throw Fault($"Tokens '{ids[id]}' and '{entry.Name}' both have the id '{id}'; each token needs its own.");
            }

            vocabulary[entry.Name] = id;
        }

        return vocabulary;
    }

    private List<(string Left, string Right)> ReadMerges(JsonElement list)
    {
        var merges = new List<(string, string)>(list.GetArrayLength());
        foreach (var entry in list.EnumerateArray())
        {
            if (entry.ValueKind == JsonValueKind.Array && entry.GetArrayLength() == 2)
            {
                merges.Add((entry[0].GetString()!, entry[1].GetString()!));
                continue;
            }

            // Old files write a pair as one string, which cannot hold tokens with spaces.
            var text = entry.ValueKind == JsonValueKind.String ? entry.GetString()! : entry.GetRawText();
            if (text.StartsWith("#version", StringComparison.Ordinal))
            {
                continue;
            }

            var parts = text.Split(' ');
            if (entry.ValueKind != JsonValueKind.String || parts.Length != 2)
            {
                throw Fault($"Merge {merges.Count + 1} is '{text}' but must be two tokens, as [\"a\", \"b\"] or \"a b\".");
            }

            merges.Add((parts[0], parts[1]));
        }

        return merges;
    }

    private bool ReadNormalizer(JsonElement? normalizer)
    {
        if (normalizer is not { } section)
        {
            return false;
        }

        var type = Text(section, "type");
        return type switch
        {
            "Sequence" => Require(section, "normalizers", "normalizer").EnumerateArray().Aggregate(false, (nfc, part) => ReadNormalizer(part) || nfc),
            "NFC" => true,
            _ => throw Unsupported("normalizer", type, "null, 'NFC' or a 'Sequence' of it"),
        };
    }

    private TokenizerDefinition ReadPreTokenizer(JsonElement? preTokenizer, TokenizerDefinition definition)
    {
        if (preTokenizer is not { } section)
        {
            return definition;
        }

        var type = Text(section, "type");
        switch (type)
        {
            case "ByteLevel":
                var splits = Flag(section, "use_regex", true);
                var prefixes = Flag(section, "add_prefix_space", true);
                if (definition.Splitter != SplitterFamilies.Whole && (splits || prefixes))
                {
                    throw Unsupported("pre_tokenizer", "ByteLevel with use_regex or add_prefix_space after another split", "ByteLevel with both set to false there");
                }

                return definition with
                {
                    IsByteLevel = true,
                    AddsPrefixSpace = prefixes,
                    Splitter = splits ? SplitterFamilies.Gpt2 : definition.Splitter,
                };
            case "Split":
                return definition with { Splitter = ReadSplit(section, definition) };
            case "Sequence":
                return Require(section, "pretokenizers", "pre_tokenizer").EnumerateArray()
                    .Aggregate(definition, (sofar, part) => ReadPreTokenizer(part, sofar));
            default:
                throw Unsupported("pre_tokenizer", type, "null, 'ByteLevel', 'Split' or a 'Sequence' of these");
        }
    }

    private Splitter ReadSplit(JsonElement section, TokenizerDefinition definition)
    {
        if (definition.IsByteLevel || definition.Splitter != SplitterFamilies.Whole)
        {
            throw Unsupported("pre_tokenizer", "Split after another pre-tokenizer", "one Split, before ByteLevel");
        }

        var pattern = Require(section, "pattern", "pre_tokenizer");
        var regex = Text(pattern, "Regex");
        var splitter = regex is null ? null : SplitterFamilies.Find(regex);
        if (splitter is null)
        {
            throw Unsupported("pre_tokenizer.pattern", regex ?? pattern.GetRawText(), $"the patterns of {string.Join(", ", SplitterFamilies.Names)}");
        }

        // Where a pattern leaves nothing between two matches, removing what is not matched removes nothing.
        var behavior = Text(section, "behavior");
        var inverts = Flag(section, "invert", false);
        if ((behavior, inverts) != ("Isolated", false) && (!splitter.CoversText || (behavior, inverts) != ("Removed", true)))
        {
            throw Unsupported("pre_tokenizer.behavior", $"{behavior}, invert {inverts}", splitter.CoversText ? "'Isolated' without invert or 'Removed' with it" : "'Isolated' without invert");
        }

        return splitter;
    }

    private List<AddedToken> ReadAddedTokens(JsonElement? list, IReadOnlyDictionary<string, int> vocabulary)
    {
        var tokens = new Dictionary<string, AddedToken>();
        var next = vocabulary.Count;
        foreach (var entry in list?.EnumerateArray() ?? default)
        {
            var token = ReadAddedToken(entry);
            if (token.Content.Length == 0 || tokens.ContainsKey(token.Content))
            {
                throw Fault($"Added token '{token.Content}' is empty or listed twice; each needs its own text.");
            }

            // The format's reference implementation numbers added tokens itself, whatever the file says.
            var id = vocabulary.TryGetValue(token.Content, out var known) ? known : next++;
            if (token.Id != id)
            {
                throw Fault($"Added token '{token.Content}' has the id '{token.Id}' but its place in the list gives it {id}. List added tokens by rising id, directly after the vocabulary.");
            }

            tokens.Add(token.Content, token);
        }

        return [.. tokens.Values.OrderBy(token => token.Id)];
    }

    private AddedToken ReadAddedToken(JsonElement entry)
    {
        return new AddedToken
        {
            Id = Require(entry, "id", "added_tokens").GetInt32(),
            Content = Require(entry, "content", "added_tokens").GetString()!,
            SingleWord = Require(entry, "single_word", "added_tokens").GetBoolean(),
            LeftStrip = Require(entry, "lstrip", "added_tokens").GetBoolean(),
            RightStrip = Require(entry, "rstrip", "added_tokens").GetBoolean(),
            Normalized = Require(entry, "normalized", "added_tokens").GetBoolean(),
            Special = Require(entry, "special", "added_tokens").GetBoolean(),
        };
    }

    private TokenizerDefinition ReadPostProcessor(JsonElement? processor, TokenizerDefinition definition)
    {
        if (processor is not { } section)
        {
            return definition;
        }

        var type = Text(section, "type");
        switch (type)
        {
            case "ByteLevel":
                return definition; // moves offsets, never ids
            case "Sequence":
                return Require(section, "processors", "post_processor").EnumerateArray()
                    .Aggregate(definition, (sofar, part) => ReadPostProcessor(part, sofar));
            case "TemplateProcessing" when definition is { Prefix.Count: 0, Suffix.Count: 0 }:
                return ReadTemplate(section, definition);
            default:
                throw Unsupported("post_processor", type, "null, 'ByteLevel', one 'TemplateProcessing' or a 'Sequence' of these");
        }
    }

    private TokenizerDefinition ReadTemplate(JsonElement section, TokenizerDefinition definition)
    {
        var (prefix, suffix) = (new List<string>(), new List<string>());
        var specials = Require(section, "special_tokens", "post_processor");
        var seen = 0;
        foreach (var piece in Require(section, "single", "post_processor").EnumerateArray())
        {
            if (piece.TryGetProperty("Sequence", out _))
            {
                seen++;
                continue;
            }

            var special = Require(piece, "SpecialToken", "post_processor.single");
            var key = Text(special, "id") ?? throw Fault("A special token of the post_processor has no id.");
            var tokens = Require(Require(specials, key, "post_processor.special_tokens"), "tokens", "post_processor.special_tokens");
            (seen == 0 ? prefix : suffix).AddRange(tokens.EnumerateArray().Select(token => token.GetString()!));
        }

        if (seen != 1)
        {
            throw Unsupported("post_processor.single", $"{seen} times the text", "the text exactly once");
        }

        foreach (var token in prefix.Concat(suffix))
        {
            if (!definition.Vocabulary.ContainsKey(token) && definition.AddedTokens.All(added => added.Content != token))
            {
                throw Fault($"The post_processor's token '{token}' is not in the vocabulary. Add it to added_tokens.");
            }
        }

        return definition with { Prefix = prefix, Suffix = suffix };
    }

    // Text is rebuilt from what the pre-tokenizer and the model say; a decoder that means something else is refused.
    private void CheckDecoder(JsonElement? decoder, TokenizerDefinition definition)
    {
        if (decoder is not { } section)
        {
            return;
        }

        var type = Text(section, "type");
        var parts = type == "Sequence"
            ? Require(section, "decoders", "decoder").EnumerateArray().Select(part => Text(part, "type")).ToArray()
            : [type];
        var known = definition.IsByteLevel ? (string[])["ByteLevel"] : ["ByteFallback", "Fuse"];
        if (parts.Except(known).FirstOrDefault() is { } other)
        {
            throw Unsupported("decoder", other, $"null or {string.Join(", ", known.Select(part => $"'{part}'"))} for this pre_tokenizer");
        }
    }

    private JsonElement Require(JsonElement section, string key, string path)
    {
        return section.TryGetProperty(key, out var value) ? value : throw Fault($"'{path}' has no key '{key}', which the format of tokenizer.json needs.");
    }

    private void RequireNull(JsonElement root, string key)
    {
        if (Optional(root, key) is { } value)
        {
            throw Unsupported(key, value.GetRawText(), "null");
        }
    }

    private void RequireKnown(JsonElement section, string path, string[] keys)
    {
        foreach (var property in section.EnumerateObject())
        {
            if (!keys.Contains(property.Name))
            {
                throw Fault($"'{path}' has the key '{property.Name}', which is not known. Known: {string.Join(", ", keys)}.");
            }
        }
    }

    private static JsonElement? Optional(JsonElement section, string key)
    {
        return section.TryGetProperty(key, out var value) && value.ValueKind != JsonValueKind.Null ? value : null;
    }

    private static string? Text(JsonElement section, string key)
    {
        return Optional(section, key)?.GetString();
    }

    private static bool Flag(JsonElement section, string key, bool whenAbsent)
    {
        return Optional(section, key)?.GetBoolean() ?? whenAbsent;
    }

    private CorpusException Unsupported(string part, string? value, string allowed)
    {
        return Fault($"The tokenizer's {part} is '{value ?? "null"}', which is not supported; allowed is {allowed}.");
    }

    private CorpusException Fault(string sentence)
    {
        return new CorpusException(_name, sentence);
    }
}
