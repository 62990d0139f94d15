namespace Granary.Data.Retrieval;

/// <summary>Something said of a world: "Code zorimeka:" and " amber".</summary>
/// <param name="Question">The sentence up to what is asked for.</param>
/// <param name="Answer">What is asked for, with the space before it.</param>
public sealed record Statement(string Question, string Answer)
{
    /// <summary>The whole sentence.</summary>
    public string Text => $"{Question}{Answer}.";

    /// <summary>The line that asks, and ends where the answer begins.</summary>
    public string Asked => $"\n{Question}";
}
