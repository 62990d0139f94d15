namespace Granary.Models.Generation;

/// <summary>What writing a text has taken, without reading its prompt.</summary>
public sealed class GenerationTally
{
    private readonly List<double> _plainSeconds = [];
    private double _seconds;

    /// <summary>Tokens written.</summary>
    public int Tokens { get; private set; }

    /// <summary>Model calls.</summary>
    public int ModelCalls { get; private set; }

    /// <summary>Tokens written a model call; 1 without guesses.</summary>
    public double AcceptedLength => ModelCalls == 0 ? 0 : (double)Tokens / ModelCalls;

    /// <summary>Tokens a second; 0 where no time was measured.</summary>
    public double TokensPerSecond => _seconds > 0 ? Tokens / _seconds : 0;

    /// <summary>
    /// How many times as fast the text was written as with one token a call: the median time of the calls that read one
    /// token, for each token written, over the time of all calls with their guessing. Every 32nd call guesses nothing, so
    /// that there are such calls among the others. 1 where no guess was read.
    /// </summary>
    public double Speedup
    {
        get
        {
            if (_seconds <= 0 || _plainSeconds.Count is 0 || _plainSeconds.Count == ModelCalls)
            {
                return 1;
            }

            var sorted = _plainSeconds.Order().ToList();
            var median = (sorted[(sorted.Count - 1) / 2] + sorted[sorted.Count / 2]) / 2;
            return median * Tokens / _seconds;
        }
    }

    /// <summary>Counts a call: what it read and wrote, the time of the model and of choosing, and that time with the guessing.</summary>
    internal void Count(int read, int written, double callSeconds, double seconds)
    {
        ModelCalls++;
        Tokens += written;
        _seconds += seconds;
        if (read == 1)
        {
            _plainSeconds.Add(callSeconds);
        }
    }
}
