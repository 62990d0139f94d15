using Granary.Core.Randomness;
using Granary.Models.Decoder;
using Granary.Models.Generation.Drafting;
using Granary.Torch;
using Granary.Torch.Kernels;

namespace Granary.Models.Generation;

/// <summary>
/// One text being written. A step reads the newest token and guesses of what follows it in one model call, and writes the
/// tokens that the model chooses as long as they were guessed, and one more. Each token is chosen from the model's logits
/// with the key's number at its position, guessed or not, so guesses change nothing but the number of calls: with kernels
/// whose rows have the same bits in any call, not a token.
/// </summary>
internal sealed class DecodingSession : IDisposable
{
    // Scores of a block are heads * 512 * length numbers where the kernel writes them out.
    private const int PromptBlock = 512;

    // Guesses that are weighed against each other; at most DecodeKernels.MostRows - 1 of them are read.
    private const int MostDrafted = 128;

    // So often a call reads no guesses, as the measure of what one token costs.
    private const int PlainEvery = 32;

    // After so many calls, and then so often, guessing that is costly and has not paid for itself is given up for the rest of the text.
    private const int TrialCalls = 64;
    private const int JudgedEvery = 32;

    private readonly DecoderModel _model;
    private readonly GenerationConfig _config;
    private readonly RandomKey _key;
    private readonly TimeProvider? _time;
    private readonly GenerationTally _tally;
    private readonly GenerationTally _own = new(); // of this text alone
    private readonly KeyValueCache _cache;
    private readonly TokenSampler _sampler;
    private readonly CallCost _cost = new();
    private readonly DraftPlanner _planner;
    private readonly DraftTree _draft;

    // The call: its tokens, the newest first, and each one's parent among them.
    private readonly int[] _tokens = new int[DecodeKernels.MostRows];
    private readonly int[] _parents = new int[DecodeKernels.MostRows];

    // Its outcome: the rows that stay in the text, and the token written behind each.
    private readonly List<int> _rows = [];
    private readonly List<int> _following = [];

    private IDrafter? _drafter; // null once guessing is given up
    private int _newest;
    private int _position;
    private int _count;

    /// <summary>Nothing is read yet; without a clock the costs of calls count as equal.</summary>
    public DecodingSession(DecoderModel model, int promptLength, GenerationConfig config, RandomKey key, IDrafter? drafter, TimeProvider? time, GenerationTally tally)
    {
        var room = promptLength + (long)config.MaxNewTokens - 1 + (drafter is null ? 0 : DecodeKernels.MostRows);
        var rates = new DraftRates();
        (_model, _config, _key, _drafter, _time, _tally) = (model, config, key, drafter, time, tally);
        _cache = new KeyValueCache(model.Spec, batch: 1, (int)Math.Min(model.Spec.MaxPositionEmbeddings, room));
        _sampler = new TokenSampler(config, model.Spec.VocabSize);
        _planner = new DraftPlanner(MostDrafted, rates, _cost);
        _draft = new DraftTree(MostDrafted, rates);
    }

    /// <summary>Reads all of a prompt but its last token, which the first step reads.</summary>
    public void ReadPrompt(IReadOnlyList<int> prompt)
    {
        using var recording = torch.no_grad();
        var ids = prompt.ToArray();
        for (var start = 0; start < ids.Length - 1; start += PromptBlock)
        {
            using var scope = torch.NewDisposeScope();
            var block = ids.AsSpan(start, Math.Min(PromptBlock, ids.Length - 1 - start));
            var rows = _model.Read(Row(block), _cache);
            _drafter?.Read(new DraftReading
            {
                Tokens = block,
                Rows = Enumerable.Range(0, block.Length).ToArray(),
                Following = ids.AsSpan(start + 1, block.Length),
                Trunk_TC = rows.Trunk_NC,
            });
        }

        Array.ForEach(ids, _sampler.See);
        (_newest, _position) = (ids[^1], ids.Length);
    }

    /// <summary>The next tokens, at least one; the last one may say why the text ends.</summary>
    public IReadOnlyList<GeneratedToken> Step()
    {
        using var recording = torch.no_grad();
        using var scope = torch.NewDisposeScope();
        var begin = Now();

        // (1) the newest token and the guesses that are worth reading
        var count = 1 + Draft();
        var call = Now();

        // (2) one model call for all of them
        var cached = _cache.Length;
        var tokens = _tokens.AsSpan(0, count);
        var rows = _model.Read(Row(tokens), _cache, count == 1 ? null : new TokenTree(_parents.AsSpan(0, count)));
        var logits_TV = _model.Logits(rows.Hidden_NC).to(torch.CPU, ScalarType.Float32).contiguous();

        // (3) the tokens that it chooses, along the guesses; the cache keeps these
        var written = Choose(logits_TV.data<float>(), count);
        _cache.Keep(cached, _rows.ToArray());
        var called = SecondsSince(call);

        // (4) what was learned
        if (_drafter is not null)
        {
            _cost.Count(count, called);
            _planner.Count(_draft, _following.ToArray());
            _drafter.Read(new DraftReading { Tokens = tokens, Rows = _rows.ToArray(), Following = _following.ToArray(), Trunk_TC = rows.Trunk_NC, Logits_TV = logits_TV });
        }

        var seconds = SecondsSince(begin);
        _tally.Count(count, written.Count, called, seconds);
        _own.Count(count, written.Count, called, seconds);
        if (_drafter is { IsCostly: true } && _own.ModelCalls >= TrialCalls && _own.ModelCalls % JudgedEvery == 0 && _own.Speedup < 1)
        {
            _drafter = null;
        }

        return written;
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _cache.Dispose();
    }

    /// <summary>Fills the call; returns the number of guesses in it.</summary>
    private int Draft()
    {
        (_tokens[0], _parents[0]) = (_newest, -1);
        _draft.Clear();
        var isMeasured = _own.ModelCalls % PlainEvery == 1;
        if (_drafter is null || _cache.Length == 0 || isMeasured || !_planner.WantsDraft())
        {
            return 0;
        }

        _drafter.Draft(_draft);
        var nodes = _planner.Choose(_draft, Math.Min(DecodeKernels.MostRows, _cache.Capacity - _cache.Length) - 1);
        for (var index = 0; index < nodes.Length; index++)
        {
            var parent = _draft.Parent(nodes[index]);
            _tokens[index + 1] = _draft.Token(nodes[index]);
            _parents[index + 1] = parent == DraftTree.Root ? 0 : nodes.IndexOf(parent) + 1;
        }

        return nodes.Length;
    }

    private List<GeneratedToken> Choose(ReadOnlySpan<float> logits_TV, int count)
    {
        var written = new List<GeneratedToken>();
        _rows.Clear();
        _following.Clear();
        for (var row = 0; row >= 0; row = NextRow(row, count))
        {
            _newest = _sampler.Choose(logits_TV.Slice(row * _model.Spec.VocabSize, _model.Spec.VocabSize), _key.DoubleAt(_position));
            _rows.Add(row);
            _following.Add(_newest);
            written.Add(new GeneratedToken(_newest, _position, Stop(++_count)));
            if (written[^1].Stop != StopReason.None)
            {
                break;
            }

            _sampler.See(_newest);
            _position++;
        }

        return written;
    }

    /// <summary>The guess behind a row that is the token chosen there, or -1.</summary>
    private int NextRow(int row, int count)
    {
        for (var next = row + 1; next < count; next++)
        {
            if (_parents[next] == row && _tokens[next] == _newest)
            {
                return next;
            }
        }

        return -1;
    }

    private StopReason Stop(int tokens)
    {
        return 0 switch
        {
            _ when _config.StopTokenIds.Contains(_newest) => StopReason.StopToken,
            _ when tokens == _config.MaxNewTokens => StopReason.MaxNewTokens,
            _ when _position == _model.Spec.MaxPositionEmbeddings => StopReason.ContextFull,
            _ => StopReason.None,
        };
    }

    private long Now() => _time?.GetTimestamp() ?? 0;

    private double SecondsSince(long begin) => _time?.GetElapsedTime(begin).TotalSeconds ?? 0;

    private static Tensor Row(ReadOnlySpan<int> ids)
    {
        var row = new long[ids.Length];
        for (var index = 0; index < ids.Length; index++)
        {
            row[index] = ids[index];
        }

        return torch.tensor(row, [1, ids.Length]);
    }
}
