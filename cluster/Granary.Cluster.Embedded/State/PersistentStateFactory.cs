using System.Reflection;
using Microsoft.Extensions.DependencyInjection;
using Orleans.Core;
using Orleans.Storage;

namespace Orleans.Runtime;

/// <summary>Makes the persistent state that one parameter of a grain's constructor asks for.</summary>
internal sealed class PersistentStateFactory
{
    private readonly PersistentStateAttribute _named;
    private readonly Type _stateType;

    internal PersistentStateFactory(ParameterInfo parameter)
    {
        ParameterType = parameter.ParameterType;
        _named = parameter.GetCustomAttribute<PersistentStateAttribute>()!;
        if (!ParameterType.IsGenericType || ParameterType.GetGenericTypeDefinition() != typeof(IPersistentState<>))
        {
            throw new InvalidOperationException($"Parameter '{parameter.Name}' of '{parameter.Member.DeclaringType}' is a '{ParameterType}', but one with [PersistentState] must be an IPersistentState<T>.");
        }

        _stateType = typeof(PersistentState<>).MakeGenericType(ParameterType.GetGenericArguments());
    }

    internal Type ParameterType { get; }

    internal static bool Makes(ParameterInfo parameter) => parameter.IsDefined(typeof(PersistentStateAttribute));

    internal IStorage Create(IServiceProvider services, GrainId id)
    {
        var storage = _named.StorageName is null ? services.GetService<IGrainStorage>() : services.GetKeyedService<IGrainStorage>(_named.StorageName);
        return (IStorage)Activator.CreateInstance(_stateType, _named.StateName, id, storage ?? throw new InvalidOperationException(
            $"No grain storage is registered under '{_named.StorageName}', which the state '{_named.StateName}' of grain '{id}' names; register an IGrainStorage with this key."))!;
    }
}
