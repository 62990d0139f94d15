using System.IO.Enumeration;
using NUnit.Framework.Constraints;

namespace Granary.Core.Configuration.Tests;

/// <summary>Text equal to a pattern in which "*" stands for any text.</summary>
internal sealed class GlobConstraint : Constraint
{
    private readonly string _pattern;

    public GlobConstraint(string pattern)
        : base(pattern)
    {
        _pattern = pattern.Replace("[[]", "[", StringComparison.Ordinal);
    }

    public override string Description => $"text like '{_pattern}'";

    public override ConstraintResult ApplyTo<TActual>(TActual actual)
    {
        return new ConstraintResult(this, actual, FileSystemName.MatchesSimpleExpression(_pattern.Replace("?", "\\?", StringComparison.Ordinal), actual as string, ignoreCase: false));
    }
}
