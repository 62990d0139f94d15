using System.Collections.Concurrent;
using System.Security.Cryptography;
using System.Text;
using Granary.Core;
using Granary.Core.Files;
using Granary.Core.Progress;
using Granary.Data.Tokenization.Training;
using Granary.Data.Tokenization.Unicode;

namespace Granary.Data.Tokenization;

/// <summary>Turns text into token ids and back, exactly as Hugging Face's tokenizers do with the same tokenizer.json; safe for all threads.</summary>
public sealed class Tokenizer
{
    /// <summary>The greatest id that a vocabulary may have.</summary>
    public const int HighestId = (1 << 28) - 1;

    private static readonly string[] EndTokens = ["<|endoftext|>", "<|end_of_text|>", "<|endofdocument|>", "</s>", "<eos>", "<|eos|>"];

    private readonly ConcurrentBag<TokenEncoder> _idleEncoders = [];
    private readonly Dictionary<string, int> _idOfToken;
    private readonly string?[] _tokenOfId;
    private readonly byte[]?[] _bytesOfId;
    private readonly HashSet<int> _specialIds;

    internal Tokenizer(TokenizerDefinition definition)
    {
        Definition = definition;
        Model = new BpeModel(definition);
        RawTokens = new AddedTokenMatcher(definition.AddedTokens.Where(token => !token.Normalized).Select(token => (token.Content, token)));
        NormalizedTokens = new AddedTokenMatcher(definition.AddedTokens.Where(token => token.Normalized).Select(token => (Normalize(token.Content), token)));
        _idOfToken = new Dictionary<string, int>(definition.Vocabulary);
        foreach (var token in definition.AddedTokens)
        {
            _idOfToken[token.Content] = token.Id;
        }

        VocabularySize = _idOfToken.Count == 0 ? 0 : _idOfToken.Values.Max() + 1;
        _tokenOfId = new string?[VocabularySize];
        _bytesOfId = new byte[]?[VocabularySize];
        foreach (var (token, id) in _idOfToken)
        {
            _tokenOfId[id] = token;
            _bytesOfId[id] = BytesOf(token);
        }

        foreach (var token in definition.AddedTokens.Where(token => token.Normalized))
        {
            _bytesOfId[token.Id] = BytesOf(Normalize(token.Content));
        }

        _specialIds = [.. definition.AddedTokens.Where(token => token.Special).Select(token => token.Id)];
        EndOfTextId = EndTokens.Select(TokenToId).FirstOrDefault(id => id is not null);
    }

    /// <summary>The highest id plus one: how many rows an embedding needs.</summary>
    public int VocabularySize { get; }

    /// <summary>The id that ends a document: that of the configured end token, else of <c>&lt;|endoftext|&gt;</c> or its like; null when there is none.</summary>
    public int? EndOfTextId { get; private init; }

    /// <summary>SHA-256 of the canonical tokenizer.json: equal for tokenizers that give equal ids.</summary>
    public byte[] Hash => field ??= SHA256.HashData(ToJson());

    /// <summary>The tokens that are found in the text as they stand, by rising id.</summary>
    public IReadOnlyList<AddedToken> AddedTokens => Definition.AddedTokens;

    /// <summary>How many entries the vocabulary has, added tokens included; less than <see cref="VocabularySize"/> where ids have gaps.</summary>
    public int EntryCount => _idOfToken.Count;

    internal TokenizerDefinition Definition { get; }

    internal BpeModel Model { get; }

    internal AddedTokenMatcher RawTokens { get; }

    internal AddedTokenMatcher NormalizedTokens { get; }

    /// <summary>Reads a tokenizer.json.</summary>
    /// <exception cref="CorpusException">The file is damaged or asks for something that is not supported, which the message names.</exception>
    public static Tokenizer Load(string path)
    {
        return Parse(File.ReadAllBytes(path), path);
    }

    /// <summary>Reads a tokenizer.json from memory; <paramref name="name"/> is what errors call it.</summary>
    /// <exception cref="CorpusException">The content is damaged or asks for something that is not supported, which the message names.</exception>
    public static Tokenizer Parse(ReadOnlyMemory<byte> utf8, string name)
    {
        try
        {
            return new Tokenizer(TokenizerJsonReader.Read(utf8, name));
        }
        catch (ArgumentException error)
        {
            throw new CorpusException(name, error.Message, inner: error);
        }
    }

    /// <summary>The tokenizer that a configuration describes; types "bytes" and "file" do not read the documents.</summary>
    /// <exception cref="CorpusException">A tokenizer file is damaged or asks for something that is not supported.</exception>
    public static Tokenizer Create(
        TokenizerConfig config,
        IEnumerable<ReadOnlyMemory<byte>> documents,
        int threads = 1,
        IProgress<ProgressUpdate>? progress = null,
        CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(config);
        return config.Type switch
        {
            TokenizerConfig.Bpe => new BpeTrainer(config, threads).Train(documents, progress, cancellationToken),
            TokenizerConfig.Bytes => new Tokenizer(FixedVocabulary.OfBytes(config.SpecialTokens)),
            TokenizerConfig.Characters => new Tokenizer(FixedVocabulary.OfCharacters(config, documents, progress, cancellationToken)),
            TokenizerConfig.FromFile => Load(config.File ?? throw new ArgumentException("Type 'file' needs the path of a tokenizer.json in 'file'.", nameof(config))),
            _ => throw new ArgumentException($"No tokenizer type is named '{config.Type}'. Known: 'bpe', 'bytes', 'characters', 'file'.", nameof(config)),
        };
    }

    /// <summary>The same tokenizer with another token as the end of a document.</summary>
    /// <exception cref="ArgumentException">The token is not in the vocabulary.</exception>
    public Tokenizer WithEndOfText(string token)
    {
        var id = TokenToId(token) ?? throw new ArgumentException($"The end token '{token}' is not in the vocabulary. Name one that is.", nameof(token));
        return new Tokenizer(Definition) { EndOfTextId = id };
    }

    /// <summary>The same tokenizer with further special tokens behind its last id; those it has already stay as they are.</summary>
    public Tokenizer WithSpecialTokens(IEnumerable<string> tokens)
    {
        var added = tokens.Distinct().Where(token => TokenToId(token) is null).Select((token, index) => new AddedToken { Id = VocabularySize + index, Content = token }).ToList();
        return added.Count == 0 ? this : new Tokenizer(Definition with { AddedTokens = [.. Definition.AddedTokens, .. added] }) { EndOfTextId = EndOfTextId };
    }

    /// <summary>Writes the canonical tokenizer.json, which Hugging Face's tokenizers load, in one atomic step.</summary>
    public void Save(string path)
    {
        var json = ToJson();
        AtomicFile.Write(path, stream => stream.Write(json));
    }

    /// <summary>The canonical tokenizer.json.</summary>
    public byte[] ToJson()
    {
        return TokenizerJsonWriter.Write(Definition);
    }

    /// <summary>A new encoder for one thread; worth keeping, because it remembers words.</summary>
    public TokenEncoder CreateEncoder()
    {
        return new TokenEncoder(this);
    }

    /// <summary>The ids of a text; with special tokens also those that the file's post-processor puts around it.</summary>
    public int[] Encode(string text, bool withSpecialTokens = false)
    {
        ArgumentNullException.ThrowIfNull(text);
        var output = new TokenBuffer((text.Length / 3) + 16);
        AddSpecialTokens(withSpecialTokens ? Definition.Prefix : [], output);
        Encode(Encoding.UTF8.GetBytes(text), output);
        AddSpecialTokens(withSpecialTokens ? Definition.Suffix : [], output);
        return output.ToArray();
    }

    /// <summary>Appends the ids of UTF-8 text; each malformed sequence counts as one U+FFFD, as WHATWG's decoder has it.</summary>
    public void Encode(ReadOnlySpan<byte> utf8, TokenBuffer output)
    {
        var encoder = _idleEncoders.TryTake(out var idle) ? idle : CreateEncoder();
        encoder.Encode(utf8, output);
        _idleEncoders.Add(encoder);
    }

    /// <summary>The bytes that the ids stand for, special tokens included.</summary>
    /// <exception cref="ArgumentOutOfRangeException">An id is not in the vocabulary.</exception>
    public byte[] DecodeBytes(ReadOnlySpan<int> ids)
    {
        var length = 0L;
        foreach (var id in ids)
        {
            length += BytesOf(id).Length;
        }

        var bytes = new byte[length];
        var position = 0;
        foreach (var id in ids)
        {
            var part = BytesOf(id);
            part.CopyTo(bytes.AsSpan(position));
            position += part.Length;
        }

        return bytes;
    }

    /// <summary>The text that the ids stand for; bytes that are not UTF-8 become U+FFFD.</summary>
    /// <exception cref="ArgumentOutOfRangeException">An id is not in the vocabulary.</exception>
    public string Decode(ReadOnlySpan<int> ids, bool skipSpecialTokens = false)
    {
        if (!skipSpecialTokens)
        {
            return Encoding.UTF8.GetString(DecodeBytes(ids));
        }

        var kept = new TokenBuffer(ids.Length);
        foreach (var id in ids)
        {
            if (!_specialIds.Contains(id))
            {
                kept.Add(id);
            }
        }

        return Encoding.UTF8.GetString(DecodeBytes(kept.Ids));
    }

    /// <summary>A decoder that takes ids one by one and gives out whole characters only.</summary>
    public TokenStreamDecoder CreateStreamDecoder()
    {
        return new TokenStreamDecoder(this);
    }

    /// <summary>The id of a token as the file writes it, or null.</summary>
    public int? TokenToId(string token)
    {
        return _idOfToken.TryGetValue(token, out var id) ? id : null;
    }

    /// <summary>The token of an id as the file writes it, or null.</summary>
    public string? IdToToken(int id)
    {
        return (uint)id < (uint)_tokenOfId.Length ? _tokenOfId[id] : null;
    }

    /// <summary>The bytes of one token.</summary>
    internal ReadOnlySpan<byte> BytesOf(int id)
    {
        return (uint)id < (uint)_bytesOfId.Length && _bytesOfId[id] is { } bytes
            ? bytes
            : throw new ArgumentOutOfRangeException(nameof(id), id, $"Token id '{id}' is not in the vocabulary; ids go from 0 to {VocabularySize - 1}.");
    }

    private string Normalize(string content)
    {
        return Definition.NormalizesToNfc ? Encoding.UTF8.GetString(CanonicalComposition.Normalize(Encoding.UTF8.GetBytes(content))) : content;
    }

    private byte[] BytesOf(string token)
    {
        if (Definition.IsByteLevel)
        {
            return ByteLevelAlphabet.TryDecode(token) ?? Encoding.UTF8.GetBytes(token);
        }

        // <0x41> stands for the byte, as a decoder with byte fallback reads it.
        return token.Length == 6 && token.StartsWith("<0x", StringComparison.Ordinal) && token[5] == '>'
            && byte.TryParse(token.AsSpan(3, 2), System.Globalization.NumberStyles.AllowHexSpecifier, null, out var value)
            ? [value]
            : Encoding.UTF8.GetBytes(token);
    }

    private void AddSpecialTokens(IReadOnlyList<string> tokens, TokenBuffer output)
    {
        foreach (var token in tokens)
        {
            output.Add(_idOfToken[token]);
        }
    }
}
