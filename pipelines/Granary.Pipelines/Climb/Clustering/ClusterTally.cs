using System.Numerics;
using Granary.Pipelines.Climb.Embedding;

namespace Granary.Pipelines.Climb.Clustering;

/// <summary>Counts the documents of a cluster.</summary>
internal sealed class ClusterTally
{
    private readonly long[] _sources;
    private readonly long[] _lengths = new long[32];
    private readonly double[] _scores;
    private readonly long[] _scored; // documents that have the score

    public ClusterTally(int sources, int scores)
    {
        _sources = new long[sources];
        _scores = new double[scores];
        _scored = new long[scores];
    }

    public long Documents { get; private set; }

    public long Bytes { get; private set; }

    /// <summary>Documents by source.</summary>
    public IReadOnlyList<long> Sources => _sources;

    /// <summary>Documents by length: entry i counts those of 2^i bytes and more; empty ones count with the first.</summary>
    public IReadOnlyList<long> Lengths => [.. _lengths.Take(1 + Array.FindLastIndex(_lengths, count => count > 0))];

    /// <summary>Counts a document.</summary>
    public void Add(EmbeddedDocument document)
    {
        Documents++;
        Bytes += document.Bytes;
        _sources[document.Source]++;
        _lengths[BitOperations.Log2((uint)document.Bytes)]++;
        for (var i = 0; i < _scores.Length; i++)
        {
            var score = document.Scores.Span[i];
            _scores[i] += float.IsNaN(score) ? 0 : score;
            _scored[i] += float.IsNaN(score) ? 0 : 1;
        }
    }

    /// <summary>Counts another cluster's documents.</summary>
    public void Add(ClusterTally other)
    {
        Documents += other.Documents;
        Bytes += other.Bytes;
        Sum(_sources, other._sources);
        Sum(_lengths, other._lengths);
        Sum(_scores, other._scores);
        Sum(_scored, other._scored);
    }

    /// <summary>The mean of a score over the documents that have it; NaN where none has.</summary>
    public double Mean(int score)
    {
        return _scores[score] / _scored[score];
    }

    private static void Sum<T>(T[] sums, T[] addends)
        where T : INumber<T>
    {
        for (var i = 0; i < sums.Length; i++)
        {
            sums[i] += addends[i];
        }
    }
}
