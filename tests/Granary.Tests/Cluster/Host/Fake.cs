using System.Reflection;

namespace Granary.Cluster.Host.Tests;

/// <summary>Stands in for an interface: each method does what a test says, and one that it says nothing of fails by name.</summary>
public class Fake<T> : DispatchProxy
    where T : class
{
    private readonly Dictionary<string, Func<object?[], object?>> _answers = [];

    public T Face => (T)(object)this;

    public static Fake<T> Create()
    {
        return (Fake<T>)(object)Create<T, Fake<T>>();
    }

    public Fake<T> On(string method, Func<object?[], object?> answer)
    {
        _answers[method] = answer;
        return this;
    }

    protected override object? Invoke(MethodInfo? method, object?[]? arguments)
    {
        return _answers.TryGetValue(method!.Name, out var answer)
            ? answer(arguments ?? [])
            : throw new NotSupportedException($"The test does not say what {typeof(T).Name}.{method.Name} does.");
    }
}
