namespace Orleans.Runtime;

/// <summary>What an activation's scheduler runs without anything else of the activation beside it.</summary>
internal abstract class Turn
{
    /// <summary>Runs up to the first await that has to wait; what follows comes back as turns of its own.</summary>
    internal abstract void Run();
}
