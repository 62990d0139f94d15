using Granary.Core.Configuration;
using Granary.Core.Randomness;
using Granary.Models.Decoder;
using Granary.Torch;

namespace Granary.Models.Generation;

/// <summary>
/// Continues a text of token ids, one token at a time. The prompt is read once and each token costs one step over the
/// keys and values kept. The token at a position is a function of the model, the text before it, the settings and the
/// key alone: it is drawn with the key's number at that position.
/// </summary>
public sealed class TextGenerator
{
    // Scores of a block are heads * 512 * length numbers where the kernel writes them out.
    private const int PromptBlock = 512;

    private readonly DecoderModel _model;

    /// <summary>Generates with a model, which stays the caller's.</summary>
    public TextGenerator(DecoderModel model)
    {
        _model = model;
    }

    /// <summary>
    /// The tokens that follow the prompt, each as soon as it is known; the last one says why it is the last. The text
    /// may outgrow the model's positions by one token, which is never read.
    /// </summary>
    /// <exception cref="ArgumentException">The prompt is empty, longer than the model's positions, or holds an id the model does not know.</exception>
    /// <exception cref="ConfigurationException">A setting cannot be used.</exception>
    public IEnumerable<GeneratedToken> Generate(IReadOnlyList<int> prompt, GenerationConfig config, RandomKey key)
    {
        var errors = new ConfigurationErrors();
        config.Validate("generation", errors);
        errors.ThrowIfAny("generation settings");
        CheckPrompt(prompt);
        return Stream(prompt, config, key);
    }

    private IEnumerable<GeneratedToken> Stream(IReadOnlyList<int> prompt, GenerationConfig config, RandomKey key)
    {
        var positions = _model.Spec.MaxPositionEmbeddings;
        var capacity = (int)Math.Min(positions, (long)prompt.Count + config.MaxNewTokens - 1);
        using var cache = new KeyValueCache(_model.Spec, batch: 1, capacity);
        var sampler = new TokenSampler(config, _model.Spec.VocabSize);
        foreach (var id in prompt)
        {
            sampler.See(id);
        }

        var read = prompt;
        for (var count = 1; ; count++)
        {
            // The scopes of tensors and of gradients end before a token is handed out: both belong to this thread's
            // moment, not to the caller's.
            var position = prompt.Count + count - 1;
            var id = Step(read, cache, sampler, key.DoubleAt(position));
            var stop = 0 switch
            {
                _ when config.StopTokenIds.Contains(id) => StopReason.StopToken,
                _ when count == config.MaxNewTokens => StopReason.MaxNewTokens,
                _ when position == positions => StopReason.ContextFull,
                _ => StopReason.None,
            };
            yield return new GeneratedToken(id, position, stop);
            if (stop != StopReason.None)
            {
                yield break;
            }

            sampler.See(id);
            read = [id];
        }
    }

    /// <summary>Reads tokens into the cache and chooses the one that follows them.</summary>
    private int Step(IReadOnlyList<int> ids, KeyValueCache cache, TokenSampler sampler, double draw)
    {
        using var recording = torch.no_grad();
        for (var start = 0; start < ids.Count - PromptBlock; start += PromptBlock)
        {
            using var block = torch.NewDisposeScope();
            _ = _model.Hidden(Row(ids, start, PromptBlock), cache);
        }

        using var scope = torch.NewDisposeScope();
        var remaining = ids.Count - ((ids.Count - 1) / PromptBlock * PromptBlock);
        var hidden_TC = _model.Hidden(Row(ids, ids.Count - remaining, remaining), cache);
        var logits_1V = _model.Logits(hidden_TC.narrow(0, remaining - 1, 1));
        return sampler.Choose(logits_1V.to(torch.CPU, ScalarType.Float32).contiguous().data<float>(), draw);
    }

    private static Tensor Row(IReadOnlyList<int> ids, int start, int count)
    {
        var row = torch.empty([1, count], ScalarType.Int64);
        var elements = row.data<long>();
        for (var index = 0; index < count; index++)
        {
            elements[index] = ids[start + index];
        }

        return row;
    }

    private void CheckPrompt(IReadOnlyList<int> prompt)
    {
        var positions = _model.Spec.MaxPositionEmbeddings;
        if (prompt.Count == 0)
        {
            throw new ArgumentException("The prompt has no tokens but must have one or more; begin with the token that opens a document.", nameof(prompt));
        }

        if (prompt.Count > positions)
        {
            throw new ArgumentException($"The prompt has '{prompt.Count}' tokens but must have at most max_position_embeddings ({positions}); shorten it from its beginning.", nameof(prompt));
        }

        foreach (var id in prompt)
        {
            if (id < 0 || id >= _model.Spec.VocabSize)
            {
                throw new ArgumentException($"The prompt holds the id '{id}' but ids must be 0 or more and below vocab_size ({_model.Spec.VocabSize}); encode it with the model's own tokenizer.", nameof(prompt));
            }
        }
    }
}
