using Granary.Core.Configuration;
using Granary.Core.Randomness;
using Granary.Data.Retrieval;
using Granary.Data.Tokenization;

namespace Granary.Training.Evaluation.Retrieval;

/// <summary>
/// Puts a question into a context: filler in whole sentences up to the length in tokens, the needle between the two
/// sentences that are nearest to its depth, everything else at random places.
/// </summary>
internal sealed class PromptWriter
{
    private readonly Tokenizer _tokenizer;
    private readonly IFiller _filler;

    public PromptWriter(Tokenizer tokenizer, IFiller filler)
    {
        _tokenizer = tokenizer;
        _filler = filler;
    }

    /// <summary>The item of a question; with its longest answer it has at most the cell's length, where the cell has one.</summary>
    /// <exception cref="ConfigurationException">Needle, question and answer alone are longer.</exception>
    public RetrievalItem Write(RetrievalQuestion question, RetrievalCell cell, RandomKey key)
    {
        if (question.Needle is not { } needle || cell.Depth is not { } depth)
        {
            // By heart: a question that goes on like the statements before it.
            var context = string.Join(' ', question.Others.Select(other => other.Text));
            return Encoded(question, context, context.Length == 0 ? question.Asked.Question : $" {question.Asked.Question}");
        }

        var fixedTokens = Count($" {needle.Text}") + Count(question.Asked.Asked) + question.Candidates.Max(Count);
        for (var budget = cell.Length - fixedTokens; budget >= 0;)
        {
            var hay = Hay(question, budget, key);
            var place = PlaceAt(hay, depth);
            var before = string.Join(' ', hay.Take(place));
            var told = before.Length == 0 ? needle.Text : $" {needle.Text}";
            var item = Encoded(question, string.Concat([before, told, .. hay.Skip(place).Select(sentence => $" {sentence}")]), question.Asked.Asked);
            var excess = item.Prompt.Length + item.Candidates.Max(candidate => candidate.Length) - cell.Length;
            if (excess <= 0)
            {
                return item with { NeedleStart = Count(before), NeedleEnd = Count(before + told) };
            }

            budget -= excess; // tokens that sentences have together but not alone
        }

        throw new ConfigurationException("eval", [$"'--lengths' holds '{cell.Length}' but an item of task '{cell.Task}' has at least {fixedTokens} tokens with this tokenizer. Ask for longer contexts."]);
    }

    /// <summary>The sentences around the needle: others in at most half of the budget, and filler in the rest.</summary>
    private List<string> Hay(RetrievalQuestion question, int budget, RandomKey key)
    {
        var (hay, places) = (key.Use("filler"), key.Use("places"));
        var sentences = new List<string>();
        var used = 0;
        foreach (var other in question.Others)
        {
            var tokens = Count($" {other.Text}");
            if (2 * (used + tokens) <= budget)
            {
                sentences.Add(other.Text);
                used += tokens;
            }
        }

        for (var i = 0; ; i++)
        {
            var sentence = _filler.SentenceAt(hay, i);
            used += Count($" {sentence}");
            if (used > budget)
            {
                break;
            }

            sentences.Add(sentence);
        }

        return [.. sentences.Select((text, index) => (text, place: places.UInt64At(index))).OrderBy(sentence => sentence.place).Select(sentence => sentence.text)];
    }

    /// <summary>How many sentences stand before the needle.</summary>
    private int PlaceAt(List<string> hay, double depth)
    {
        var ends = new List<int> { 0 };
        foreach (var sentence in hay)
        {
            ends.Add(ends[^1] + Count($" {sentence}"));
        }

        var wanted = depth * ends[^1];
        return Enumerable.Range(0, ends.Count).MinBy(place => Math.Abs(ends[place] - wanted));
    }

    private RetrievalItem Encoded(RetrievalQuestion question, string context, string asked)
    {
        var text = context + asked;
        var prompt = _tokenizer.Encode(text);
        return new RetrievalItem(prompt, [.. question.Candidates.Select(candidate => Continuation(text, prompt, candidate))]) { ContextLength = Count(context) };
    }

    // As the whole text has it: some tokenizers treat the beginning of a text otherwise.
    private int[] Continuation(string text, int[] prompt, string answer)
    {
        var whole = _tokenizer.Encode(text + answer);
        return whole.AsSpan().StartsWith(prompt) && whole.Length > prompt.Length ? whole[prompt.Length..] : _tokenizer.Encode(answer);
    }

    private int Count(string text)
    {
        return _tokenizer.Encode(text).Length;
    }
}
