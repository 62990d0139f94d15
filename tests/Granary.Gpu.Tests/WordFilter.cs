using NUnit.Framework.Interfaces;

namespace Granary.Gpu.Tests;

/// <summary>Lets tests through whose full name holds one of the words, and the suites around them.</summary>
internal sealed class WordFilter(IReadOnlyList<string> words) : ITestFilter
{
    public bool Pass(ITest test)
    {
        return IsExplicitMatch(test);
    }

    public bool IsExplicitMatch(ITest test)
    {
        return test.IsSuite ? test.Tests.Any(IsExplicitMatch) : words.Any(word => test.FullName.Contains(word, StringComparison.OrdinalIgnoreCase));
    }

    public TNode ToXml(bool recursive)
    {
        return new TNode("filter");
    }

    public TNode AddToXml(TNode parentNode, bool recursive)
    {
        return parentNode.AddElement("filter");
    }
}
