namespace Granary.Data.Tokenization.Splitting;

/// <summary>The splitters by the regular expression that a tokenizer.json names them with.</summary>
internal static class SplitterFamilies
{
    /// <summary>Text in one piece.</summary>
    internal static readonly Splitter Whole = new WholeSplitter();

    /// <summary>GPT-2's, which the byte-level pre-tokenizer has built in.</summary>
    internal static readonly Splitter Gpt2 = new Gpt2Splitter();

    private static readonly Splitter[] All =
    [
        Gpt2, new Llama3Splitter(), new Qwen2Splitter(), new Qwen35Splitter(), new O200kSplitter(),
        new SuperBpeWordSplitter(), new SuperBpeSplitter(),
    ];

    private static readonly Dictionary<string, Splitter> ByPattern = All.ToDictionary(splitter => splitter.Pattern!);

    /// <summary>The names of the families that have a pattern.</summary>
    internal static IEnumerable<string> Names => All.Select(splitter => splitter.Name);

    /// <summary>The splitter with a name, or null when none has it.</summary>
    internal static Splitter? FindByName(string name)
    {
        return Array.Find(All, splitter => splitter.Name == name);
    }

    /// <summary>The splitter that stands for a pattern, or null when none does.</summary>
    internal static Splitter? Find(string pattern)
    {
        return ByPattern.GetValueOrDefault(pattern);
    }
}
