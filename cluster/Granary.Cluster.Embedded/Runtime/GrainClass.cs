using System.Reflection;
using Microsoft.Extensions.DependencyInjection;
using Orleans.Concurrency;
using Orleans.Core;

namespace Orleans.Runtime;

/// <summary>A class of grains and how its grains are made.</summary>
internal sealed class GrainClass
{
    private const string Suffix = "grain";

    private readonly ObjectFactory _new;
    private readonly PersistentStateFactory[] _states;

    internal GrainClass(Type type)
    {
        var constructors = type.GetConstructors();
        if (constructors.Length != 1)
        {
            throw new InvalidOperationException($"Grain class '{type}' has {constructors.Length} public constructors, but must have one.");
        }

        Type = type;
        GrainType = GrainType.Create(NameOf(type));
        IsReentrant = type.IsDefined(typeof(ReentrantAttribute));
        _states = [.. constructors[0].GetParameters().Where(PersistentStateFactory.Makes).Select(parameter => new PersistentStateFactory(parameter))];
        _new = ActivatorUtilities.CreateFactory(type, [.. _states.Select(state => state.ParameterType)]);
    }

    internal Type Type { get; }

    internal GrainType GrainType { get; }

    internal bool IsReentrant { get; }

    /// <summary>Whether a class is one of grains.</summary>
    internal static bool IsOne(Type type)
    {
        return type is { IsClass: true, IsAbstract: false, ContainsGenericParameters: false } && type.IsAssignableTo(typeof(IGrainBase)) && type.IsAssignableTo(typeof(IGrain));
    }

    /// <summary>Makes a grain with its states, which are still to be read.</summary>
    internal (IGrainBase Grain, IReadOnlyList<IStorage> States) Create(IServiceProvider services, GrainId id)
    {
        var states = Array.ConvertAll(_states, state => state.Create(services, id));
        return ((IGrainBase)_new(services, states), states);
    }

    // Orleans' own rule: the records of a state keep their names when the runtime is exchanged.
    private static string NameOf(Type type)
    {
        var name = type.Name.ToLowerInvariant();
        return name.Length > Suffix.Length && name.EndsWith(Suffix, StringComparison.Ordinal) ? name[..^Suffix.Length] : name;
    }
}
