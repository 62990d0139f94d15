using System.Collections.Frozen;
using System.Reflection;
using Orleans.Concurrency;

namespace Orleans.Runtime;

/// <summary>A method of a grain's interface.</summary>
internal sealed class GrainMethod
{
    private static readonly MethodInfo OpenResultCall = typeof(GrainMethod).GetMethod(nameof(NewResultCall), BindingFlags.NonPublic | BindingFlags.Static)!;

    private readonly MethodInvoker _invoker;
    private readonly NewCall _newCall;
    private readonly int _tokenIndex;
    private readonly string _name;

    private GrainMethod(MethodInfo method)
    {
        _name = $"{method.DeclaringType!.Name}.{method.Name}";
        _invoker = MethodInvoker.Create(method);
        _newCall = NewCallOf(method, _name);
        _tokenIndex = Array.FindIndex(method.GetParameters(), parameter => parameter.ParameterType == typeof(CancellationToken));
        AlwaysInterleaves = method.IsDefined(typeof(AlwaysInterleaveAttribute));
    }

    private delegate GrainCall NewCall(GrainMethod method, GrainClass grainClass, GrainId target, object?[] arguments, long sentAt);

    internal bool AlwaysInterleaves { get; }

    public override string ToString() => _name;

    /// <summary>All methods of an interface, its parents' included.</summary>
    internal static FrozenDictionary<MethodInfo, GrainMethod> Of(Type grainInterface)
    {
        return grainInterface.GetInterfaces().Append(grainInterface)
            .SelectMany(part => part.GetMethods(BindingFlags.Public | BindingFlags.Instance))
            .ToFrozenDictionary(method => method, method => new GrainMethod(method));
    }

    internal GrainCall Call(GrainClass grainClass, GrainId target, object?[] arguments, long sentAt)
    {
        var call = _newCall(this, grainClass, target, arguments, sentAt);
        if (_tokenIndex >= 0)
        {
            call.EndAt((CancellationToken)arguments[_tokenIndex]!);
        }

        return call;
    }

    internal Task Invoke(object grain, object?[] arguments)
    {
        return (Task?)_invoker.Invoke(grain, arguments.AsSpan())
            ?? throw new InvalidOperationException($"'{_name}' of '{grain.GetType()}' returned null, but a grain's method returns a task; return Task.CompletedTask.");
    }

    private static NewCall NewCallOf(MethodInfo method, string name)
    {
        var returned = method.ReturnType;
        if (returned == typeof(Task))
        {
            return static (method, grainClass, target, arguments, sentAt) => new VoidCall(method, grainClass, target, arguments, sentAt);
        }

        if (returned.IsGenericType && returned.GetGenericTypeDefinition() == typeof(Task<>))
        {
            return OpenResultCall.MakeGenericMethod(returned.GetGenericArguments()).CreateDelegate<NewCall>();
        }

        throw new NotSupportedException($"'{name}' returns '{returned}', but the methods of a grain's interface return Task or Task<T>.");
    }

    private static GrainCall NewResultCall<TResult>(GrainMethod method, GrainClass grainClass, GrainId target, object?[] arguments, long sentAt)
    {
        return new ResultCall<TResult>(method, grainClass, target, arguments, sentAt);
    }
}
