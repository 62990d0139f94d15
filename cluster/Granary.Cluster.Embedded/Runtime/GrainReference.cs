using System.Diagnostics.CodeAnalysis;
using System.Reflection;

namespace Orleans.Runtime;

/// <summary>Stands for a grain: what its interface's methods are called on.</summary>
[SuppressMessage("Performance", "CA1852", Justification = "References' types derive from it; they are made while the program runs.")]
internal class GrainReference : DispatchProxy, IAddressable
{
    internal GrainId GrainId { get; private set; }

    /// <inheritdoc/>
    protected override object? Invoke(MethodInfo? targetMethod, object?[]? args) => throw new NotSupportedException();
}
