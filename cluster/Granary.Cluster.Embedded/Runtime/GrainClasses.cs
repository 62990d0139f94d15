using System.Collections.Concurrent;
using System.Reflection;

namespace Orleans.Runtime;

/// <summary>The grain classes of a process, found by the interfaces they are called through.</summary>
internal sealed class GrainClasses
{
    private readonly GrainClass[] _classes;
    private readonly ConcurrentDictionary<(Type Interface, string? Prefix), GrainClass> _found = new();

    internal GrainClasses(IEnumerable<Assembly> assemblies)
    {
        _classes = [.. assemblies.Distinct().SelectMany(assembly => assembly.GetTypes()).Where(GrainClass.IsOne).Select(type => new GrainClass(type))];
        var twice = _classes.GroupBy(one => one.GrainType).FirstOrDefault(group => group.Count() > 1);
        if (twice is not null)
        {
            throw new ArgumentException($"Grain classes {string.Join(" and ", twice.Select(one => $"'{one.Type}'"))} are both named '{twice.Key}', but names tell grains apart; rename one.", nameof(assemblies));
        }
    }

    /// <summary>The one class of an interface; where there are several, the one whose full name begins with the prefix.</summary>
    internal GrainClass Of(Type grainInterface, string? prefix) => _found.GetOrAdd((grainInterface, prefix), Find);

    private GrainClass Find((Type Interface, string? Prefix) wanted)
    {
        var matches = _classes.Where(one => one.Type.IsAssignableTo(wanted.Interface) && one.Type.FullName!.StartsWith(wanted.Prefix ?? string.Empty, StringComparison.Ordinal)).ToList();
        return matches.Count == 1 ? matches[0] : throw new ArgumentException(
            $"Grain interface '{wanted.Interface}' has {matches.Count} classes with the prefix '{wanted.Prefix}' ({string.Join(", ", matches.Select(one => $"'{one.Type}'"))}), but must have one; name the assembly it is in, or give a prefix that one class has.");
    }
}
