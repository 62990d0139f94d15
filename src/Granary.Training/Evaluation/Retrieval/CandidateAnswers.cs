namespace Granary.Training.Evaluation.Retrieval;

/// <summary>Puts wrong answers behind a right one.</summary>
internal static class CandidateAnswers
{
    /// <summary>The first so many different answers: <paramref name="first"/> in their order, then what <paramref name="draw"/> gives for 0, 1, ...</summary>
    internal static IReadOnlyList<string> Of(int count, IEnumerable<string> first, Func<int, string> draw)
    {
        var answers = first.Take(count).ToList();
        for (var attempt = 0; answers.Count < count; attempt++)
        {
            var answer = draw(attempt);
            if (!answers.Contains(answer))
            {
                answers.Add(answer);
            }
        }

        return answers;
    }
}
