using Granary.Models.Language;
using Granary.Torch;

namespace Granary.Training.Evaluation.Retrieval;

/// <summary>
/// Answers with a causal model in single passes: the probability of each token of an answer behind those before it. The
/// greedy continuation is the right answer exactly if each of its tokens is the likeliest there, so nothing is generated. A
/// row holds a prompt and an answer without its last token, and serves all answers that begin so: one row an item where
/// answers are single tokens. Shape letters: B rows, T positions, P positions that are read, V vocabulary.
/// </summary>
internal sealed class ModelScorer : IRetrievalScorer
{
    private const int TokensPerPortion = 4_096;

    private readonly LanguageModel _model;

    public ModelScorer(LanguageModel model)
    {
        _model = model;
    }

    public long TokensOf(RetrievalItem item)
    {
        return new Answers(item).Rows().Sum(row => (long)row.Length);
    }

    public IReadOnlyList<RetrievalScore> Score(IReadOnlyList<RetrievalItem> items)
    {
        var answers = items.Select(item => new Answers(item)).ToList();

        // Rows of like length go together, so that little is computed for padding.
        var rows = answers.SelectMany(item => item.Rows()).OrderBy(row => row.Length).ToList();
        for (var first = 0; first < rows.Count;)
        {
            var count = 1;
            while (first + count < rows.Count && rows[first + count].Length * (count + 1) <= TokensPerPortion)
            {
                count++;
            }

            Read(rows.GetRange(first, count));
            first += count;
        }

        return [.. answers.Select(item => item.ToScore())];
    }

    private void Read(List<Row> rows)
    {
        using var scope = torch.NewDisposeScope();
        using var mode = torch.no_grad();
        var length = rows[^1].Length;
        var inputs = new long[rows.Count * length];
        var positions = new List<long>();
        for (var i = 0; i < rows.Count; i++)
        {
            // Padding stands behind the text, where a causal model cannot see it.
            rows[i].CopyTo(inputs.AsSpan(i * length, length));
            positions.AddRange(Enumerable.Range(rows[i].FirstRead, rows[i].Length - rows[i].FirstRead).Select(position => ((long)i * length) + position));
        }

        var hidden_PC = _model.Hidden(torch.tensor(inputs, [rows.Count, length])).index_select(0, torch.tensor(positions.ToArray()));
        var scores_PV = _model.Logits(hidden_PC).log_softmax(-1, ScalarType.Float32).cpu().contiguous();
        var vocabulary = (int)scores_PV.size(1);
        var start = 0;
        foreach (var row in rows)
        {
            var read = (row.Length - row.FirstRead) * vocabulary;
            row.Take(scores_PV.data<float>().Slice(start, read), vocabulary);
            start += read;
        }
    }

    /// <summary>An item's candidates, as far as they are scored.</summary>
    private sealed class Answers(RetrievalItem item)
    {
        private readonly double[] _logProbabilities = Enumerable.Repeat(double.NaN, item.Candidates.Count).ToArray();
        private bool _isExact;

        public RetrievalItem Item => item;

        public IEnumerable<Row> Rows()
        {
            var leads = item.Candidates.Select(candidate => candidate[..^1]).OrderByDescending(lead => lead.Length);
            var kept = new List<int[]>();
            foreach (var lead in leads.Where(lead => !kept.Any(longer => longer.AsSpan().StartsWith(lead))))
            {
                kept.Add(lead);
            }

            return kept.Select(lead => new Row(this, lead));
        }

        public void Take(ReadOnlySpan<int> lead, ReadOnlySpan<float> scores, int vocabulary)
        {
            for (var candidate = 0; candidate < item.Candidates.Count; candidate++)
            {
                var ids = item.Candidates[candidate];
                if (double.IsNaN(_logProbabilities[candidate]) && lead.StartsWith(ids.AsSpan(..^1)))
                {
                    Sum(candidate, ids, scores, vocabulary);
                }
            }
        }

        public RetrievalScore ToScore()
        {
            return new RetrievalScore(_isExact, _logProbabilities);
        }

        private void Sum(int candidate, int[] ids, ReadOnlySpan<float> scores, int vocabulary)
        {
            var (sum, areLikeliest) = (0.0, true);
            for (var i = 0; i < ids.Length; i++)
            {
                var next = scores.Slice(i * vocabulary, vocabulary);
                sum += next[ids[i]];
                areLikeliest &= Likeliest(next) == ids[i];
            }

            _logProbabilities[candidate] = sum;
            _isExact |= candidate == 0 && areLikeliest;
        }

        private static int Likeliest(ReadOnlySpan<float> scores)
        {
            var best = 0;
            for (var id = 1; id < scores.Length; id++)
            {
                best = scores[id] > scores[best] ? id : best;
            }

            return best;
        }
    }

    /// <summary>A prompt and the tokens that lead to the last one of some candidates.</summary>
    private sealed class Row(Answers answers, int[] lead)
    {
        public int Length => answers.Item.Prompt.Length + lead.Length;

        public int FirstRead => answers.Item.Prompt.Length - 1;

        public void CopyTo(Span<long> wide)
        {
            var position = 0;
            foreach (var id in answers.Item.Prompt.Concat(lead))
            {
                wide[position++] = id;
            }
        }

        public void Take(ReadOnlySpan<float> scores, int vocabulary)
        {
            answers.Take(lead, scores, vocabulary);
        }
    }
}
