using Granary.Core.Randomness;
using Granary.Data.Tokenization;
using Granary.Models.Decoder;
using Granary.Models.Generation;
using Granary.Models.Generation.Drafting;

namespace Granary.Cli.Stages;

/// <summary>Goes on from prompts as text, up to a stop text; special tokens are not shown.</summary>
internal sealed class PromptWriter
{
    private readonly DecoderModel _model;
    private readonly Tokenizer _tokenizer;
    private readonly GenerationConfig _config;
    private readonly IReadOnlyList<string> _stops;
    private readonly TextGenerator _generator;
    private readonly HashSet<int> _special;

    /// <summary>A writer with a model's tokenizer; the text ends at its end-of-text token too.</summary>
    /// <exception cref="StageException">The guesses are to come from heads and the model has none.</exception>
    internal PromptWriter(DecoderModel model, Tokenizer tokenizer, GenerationConfig config, IReadOnlyList<string> stops, DraftMethod draft, TimeProvider time)
    {
        if (draft == DraftMethod.Heads && !model.CanDraft)
        {
            throw new StageException(SampleStage.Name, "The draft method is 'heads', but the model has no extra heads; allowed are 'none', 'lookahead', 'recycling' and 'auto'.");
        }

        _model = model;
        _tokenizer = tokenizer;
        _config = tokenizer.EndOfTextId is { } end ? config with { StopTokenIds = [end] } : config;
        _stops = stops;
        _generator = new TextGenerator(model, draft, time);
        _special = [.. tokenizer.AddedTokens.Where(token => token.Special).Select(token => token.Id)];
    }

    /// <summary>What all texts so far have taken.</summary>
    internal GenerationTally Tally { get; } = new();

    /// <summary>The text behind a prompt, piece by piece; adds its ids. A prompt without ids begins at the end-of-text id.</summary>
    /// <exception cref="StageException">The prompt is empty and the tokenizer has no end-of-text id, or it is longer than the model takes.</exception>
    internal IEnumerable<string> Write(string prompt, RandomKey key, ICollection<int> ids, CancellationToken cancellationToken)
    {
        var filter = new StopTextFilter(_stops);
        var decoder = _tokenizer.CreateStreamDecoder();
        foreach (var token in _generator.Generate(Encode(prompt), _config, key, Tally))
        {
            cancellationToken.ThrowIfCancellationRequested();
            ids.Add(token.Id);
            yield return filter.Add(_special.Contains(token.Id) ? string.Empty : decoder.Add(token.Id));
            if (filter.IsStopped)
            {
                yield break;
            }
        }

        yield return filter.Add(decoder.Finish());
        yield return filter.Finish();
    }

    private int[] Encode(string prompt)
    {
        var ids = _tokenizer.Encode(prompt);
        if (ids.Length > _model.Spec.MaxPositionEmbeddings)
        {
            throw new StageException(SampleStage.Name, $"The prompt has '{ids.Length}' tokens but must have at most {_model.Spec.MaxPositionEmbeddings}, the longest the model takes; shorten it.");
        }

        if (ids.Length > 0)
        {
            return ids;
        }

        return _tokenizer.EndOfTextId is { } end
            ? [end]
            : throw new StageException(SampleStage.Name, "The prompt is empty and the tokenizer has no end-of-text token to begin with; give a prompt.");
    }
}
