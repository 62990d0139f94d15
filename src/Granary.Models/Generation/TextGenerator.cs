using Granary.Core.Configuration;
using Granary.Core.Randomness;
using Granary.Models.Decoder;
using Granary.Models.Generation.Drafting;

namespace Granary.Models.Generation;

/// <summary>
/// Continues a text of token ids. The prompt is read once, and each model call over the keys and values kept writes one
/// token, or several where they were guessed. The token at a position is a function of the model, the text before it, the
/// settings and the key alone: it is drawn with the key's number at that position.
/// </summary>
public sealed class TextGenerator
{
    private readonly DecoderModel _model;
    private readonly DraftMethod _method;
    private readonly TimeProvider? _time;
    private readonly Func<IDraftHeads?> _heads = () => null;

    /// <summary>Generates with a model, which stays the caller's, one token a call.</summary>
    public TextGenerator(DecoderModel model)
    {
        _model = model;
    }

    /// <summary>Generates with guesses; the clock measures how many are worth reading.</summary>
    /// <exception cref="ArgumentException">The guesses are to come from heads and the model has none.</exception>
    public TextGenerator(DecoderModel model, DraftMethod method, TimeProvider time)
        : this(model, method, time, model.DraftHeads)
    {
        if (method == DraftMethod.Heads && !model.CanDraft)
        {
            throw new ArgumentException("The draft method is 'heads', but the model has no extra heads; draft with 'lookahead', 'recycling' or 'auto'.", nameof(method));
        }
    }

    /// <summary>The same with heads that are made for each text.</summary>
    internal TextGenerator(DecoderModel model, DraftMethod method, TimeProvider time, Func<IDraftHeads?> heads)
    {
        (_model, _method, _time, _heads) = (model, method, time, heads);
    }

    /// <summary>
    /// The tokens that follow the prompt, each as soon as it is known; the last one says why it is the last. The text
    /// may outgrow the model's positions by one token, which is never read.
    /// </summary>
    /// <exception cref="ArgumentException">The prompt is empty, longer than the model's positions, or holds an id the model does not know.</exception>
    /// <exception cref="ConfigurationException">A setting cannot be used.</exception>
    public IEnumerable<GeneratedToken> Generate(IReadOnlyList<int> prompt, GenerationConfig config, RandomKey key, GenerationTally? tally = null)
    {
        var errors = new ConfigurationErrors();
        config.Validate("generation", errors);
        errors.ThrowIfAny("generation settings");
        CheckPrompt(prompt);
        return Stream(prompt, config, key, tally ?? new GenerationTally());
    }

    private IEnumerable<GeneratedToken> Stream(IReadOnlyList<int> prompt, GenerationConfig config, RandomKey key, GenerationTally tally)
    {
        using var heads = _method == DraftMethod.Heads ? _heads() : null;
        using var session = new DecodingSession(_model, prompt.Count, config, key, NewDrafter(heads), _time, tally);
        session.ReadPrompt(prompt);
        var isEnd = false;
        while (!isEnd)
        {
            // The scopes of tensors and of gradients end with the step, before a token is handed out: both belong to this
            // thread's moment, not to the caller's.
            foreach (var token in session.Step())
            {
                isEnd = token.Stop != StopReason.None;
                yield return token;
            }
        }
    }

    private IDrafter? NewDrafter(IDraftHeads? heads)
    {
        return _method switch
        {
            DraftMethod.None => null,
            DraftMethod.Lookahead => new LookaheadDrafter(),
            DraftMethod.Recycling => new RecyclingDrafter(_model.Spec.VocabSize),
            DraftMethod.Heads => new HeadsDrafter(heads!),
            _ => new CombinedDrafter(new LookaheadDrafter(), new RecyclingDrafter(_model.Spec.VocabSize)),
        };
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
