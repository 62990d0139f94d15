using System.Collections.Frozen;
using System.Diagnostics.CodeAnalysis;
using System.Reflection;

namespace Orleans.Runtime;

/// <summary>Stands for a grain: what its interface's methods are called on.</summary>
[SuppressMessage("Performance", "CA1852", Justification = "References' types derive from it; they are made while the program runs.")]
internal class GrainReference : DispatchProxy, IAddressable
{
    private GrainRuntime _runtime = null!; // set by Bind, before anyone has the reference
    private FrozenDictionary<MethodInfo, GrainMethod> _methods = null!;
    private GrainClass _class = null!;

    internal GrainId GrainId { get; private set; }

    internal void Bind(GrainRuntime runtime, FrozenDictionary<MethodInfo, GrainMethod> methods, GrainClass grainClass, string key)
    {
        _runtime = runtime;
        _methods = methods;
        _class = grainClass;
        GrainId = GrainId.Create(grainClass.GrainType, key);
    }

    /// <inheritdoc/>
    protected override object? Invoke(MethodInfo? targetMethod, object?[]? args)
    {
        var call = _methods[targetMethod!].Call(_class, GrainId, args ?? [], _runtime.Clock.GetTimestamp());
        _runtime.Send(call);
        return call.Answer;
    }
}
