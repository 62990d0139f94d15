namespace Granary.Data.Retrieval;

/// <summary>A is B: a person and what describes nobody else.</summary>
/// <param name="Name">A, such as "Zorimeka".</param>
/// <param name="Description">B, such as "the silent tailor".</param>
public sealed record Fact(string Name, string Description)
{
    /// <summary>A is B.</summary>
    public Statement Forward => new($"{Name} is", $" {Description}");

    /// <summary>B is A.</summary>
    public Statement Backward => new($"{char.ToUpperInvariant(Description[0])}{Description[1..]} is", $" {Name}");
}
