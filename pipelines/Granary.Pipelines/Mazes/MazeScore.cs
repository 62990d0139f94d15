namespace Granary.Pipelines.Mazes;

/// <summary>Verdicts added up.</summary>
public sealed class MazeScore
{
    private readonly Dictionary<PathFault, int> _faults = [];
    private long _rightTokens;
    private long _referenceTokens;

    /// <summary>Answers judged.</summary>
    public int Count { get; private set; }

    /// <summary>Answers that are the reference, token for token: the papers' measure.</summary>
    public int Exact { get; private set; }

    /// <summary>Answers that lead from start to goal by open steps.</summary>
    public int Valid { get; private set; }

    /// <summary>Valid answers that no path is shorter than.</summary>
    public int Shortest { get; private set; }

    /// <summary>Share of all references' tokens that the answers have at the same place; NaN before the first answer.</summary>
    public double TokenAccuracy => (double)_rightTokens / _referenceTokens;

    /// <summary>How many answers go wrong in each way; those that do not are under <see cref="PathFault.None"/>.</summary>
    public IReadOnlyDictionary<PathFault, int> Faults => _faults;

    /// <summary>Adds a verdict.</summary>
    public void Add(PathVerdict verdict)
    {
        Count++;
        Exact += verdict.IsExact ? 1 : 0;
        Valid += verdict.IsValid ? 1 : 0;
        Shortest += verdict.IsShortest ? 1 : 0;
        _rightTokens += verdict.RightTokens;
        _referenceTokens += verdict.ReferenceTokens;
        _faults[verdict.Fault] = _faults.GetValueOrDefault(verdict.Fault) + 1;
    }
}
