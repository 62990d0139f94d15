using Granary.Models.Decoder;
using Granary.Models.Generation.Drafting;
using Granary.Torch;

namespace Granary.Models.Ahead;

/// <summary>
/// Sequential modules as a source of guesses. With R rows read, module k (from 1) has certain input for rows 0 to R - k: the
/// token k places behind these is written. Of the later rows it makes states for the next module and a guess, from the
/// guesses before it, and forgets them again.
/// </summary>
internal sealed class SequentialDraftModules : IDraftHeads
{
    private readonly IReadOnlyList<SequentialModule> _modules;
    private readonly DraftParts _parts;
    private readonly KeyValueCache[] _caches;

    // The certain states that module k + 1 reads next, from the row its cache ends at; of the trunk what is new.
    private readonly Tensor?[] _states;
    private readonly TrunkRows _unread = new();

    // The token behind each row.
    private readonly List<int> _following = [];

    public SequentialDraftModules(IReadOnlyList<SequentialModule> modules, DraftParts parts)
    {
        (_modules, _parts) = (modules, parts);
        _caches = [.. modules.Select(_ => new KeyValueCache(parts.Spec with { NumHiddenLayers = 1 }, batch: 1, parts.Spec.MaxPositionEmbeddings))];
        _states = new Tensor?[modules.Count];
    }

    public int Count => _modules.Count;

    public bool FollowLikeliest => true;

    public void Read(Tensor trunk_TC, ReadOnlySpan<int> rows, ReadOnlySpan<int> following)
    {
        _unread.Add(trunk_TC, rows);
        _following.AddRange(following);
    }

    public Tensor Logits()
    {
        using var scope = torch.NewDisposeScope();
        var (rows, known) = (_following.Count, _following.ToList());
        var states_NC = _unread.Take()!;
        var logits = new List<Tensor>();
        for (var module = 0; module < _modules.Count; module++)
        {
            // (1) the rows from where the module's cache ends, each with the token module + 1 places behind it
            var cache = _caches[module];
            var (start, count) = (cache.Length, rows - cache.Length);
            var told_N = torch.tensor(Enumerable.Range(start + module, count).Select(place => (long)known[place]).ToArray());
            var hidden_NC = _modules[module].Forward(states_NC, _parts.Embed(told_N), cache, _parts.Rotary?.Rows(start, count));

            // (2) its guess is told to the next one
            var newest_1V = _parts.Logits(hidden_NC.narrow(0, count - 1, 1));
            logits.Add(newest_1V);
            known.Add((int)newest_1V.argmax().item_int64());

            // (3) what is certain stays
            cache.Truncate(Math.Max(0, rows - module));
            states_NC = module + 1 < _modules.Count ? Next(module, hidden_NC, start, rows) : hidden_NC;
        }

        return torch.cat([.. logits]).MoveToOuterDisposeScope();
    }

    public void Dispose()
    {
        _unread.Dispose();
        Array.ForEach(_states, states => states?.Dispose());
        Array.ForEach(_caches, cache => cache.Dispose());
    }

    /// <summary>The next module's input: what was held for it and these states; holds what it will read again.</summary>
    private Tensor Next(int module, Tensor hidden_NC, int start, int rows)
    {
        var states_NC = _states[module] is { } held ? torch.cat([held, hidden_NC]) : hidden_NC;
        var first = start + (int)hidden_NC.size(0) - (int)states_NC.size(0);
        var (certain, wanted) = (Math.Max(0, rows - module), Math.Max(0, rows - module - 1));
        _states[module]?.Dispose();
        _states[module] = certain > wanted ? states_NC.narrow(0, wanted - first, certain - wanted).clone().DetachFromDisposeScope() : null;
        return states_NC;
    }
}
