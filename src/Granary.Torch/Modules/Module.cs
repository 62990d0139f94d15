using System.Reflection;

namespace Granary.Torch.Modules;

/// <summary>
/// A part of a model: parameters, buffers and further modules, each in a field that carries a
/// <see cref="ComponentNameAttribute"/>. Tensor fields that require gradients are parameters, others buffers.
/// </summary>
public abstract class Module : IDisposable
{
    private readonly List<(string Name, Tensor Tensor)> _tensors = [];
    private readonly List<(string Name, Module Module)> _modules = [];
    private readonly HashSet<FieldInfo> _fields = [];

    /// <summary>Whether the module behaves as in training; evaluation turns dropout off.</summary>
    public bool training { get; private set; } = true;

    /// <summary>The parameters with their full names, in the order of declaration, a module's own before those inside; one that is shared comes once, under its first name.</summary>
    public IEnumerable<(string name, Tensor parameter)> named_parameters()
    {
        // By handle: two owners of one native tensor are one parameter.
        var seen = new HashSet<nint>();
        return Walk(string.Empty).Where(entry => entry.tensor.requires_grad && seen.Add(entry.tensor.Handle));
    }

    /// <summary>The parameters, each once.</summary>
    public IEnumerable<Tensor> parameters() => named_parameters().Select(entry => entry.parameter);

    /// <summary>The buffers with their full names.</summary>
    public IEnumerable<(string name, Tensor buffer)> named_buffers() => Walk(string.Empty).Where(entry => !entry.tensor.requires_grad);

    /// <summary>All tensors by full name, shared ones under each of their names.</summary>
    public IReadOnlyDictionary<string, Tensor> state_dict() => Walk(string.Empty).ToDictionary(entry => entry.name, entry => entry.tensor);

    /// <summary>The modules directly inside, by name.</summary>
    public IEnumerable<(string name, Module module)> named_children() => _modules;

    /// <summary>This module by an empty name and all inside by their full names, each before those inside it.</summary>
    public IEnumerable<(string name, Module module)> named_modules(string prefix = "")
    {
        yield return (prefix, this);
        foreach (var (name, module) in _modules)
        {
            foreach (var entry in module.named_modules(prefix.Length == 0 ? name : $"{prefix}.{name}"))
            {
                yield return entry;
            }
        }
    }

    /// <summary>Switches to training, or to evaluation.</summary>
    public void train(bool on = true)
    {
        training = on;
        foreach (var (_, module) in _modules)
        {
            module.train(on);
        }
    }

    /// <summary>Switches to evaluation.</summary>
    public void eval() => train(on: false);

    /// <summary>Drops all gradients.</summary>
    public void zero_grad()
    {
        foreach (var parameter in parameters())
        {
            parameter.grad = null;
        }
    }

    /// <summary>Disposes all tensors of the module and of those inside.</summary>
    public void Dispose()
    {
        Dispose(disposing: true);
        GC.SuppressFinalize(this);
    }

    /// <summary>Disposes what the module owns.</summary>
    protected virtual void Dispose(bool disposing)
    {
        if (disposing)
        {
            _modules.ForEach(entry => entry.Module.Dispose());
            _tensors.ForEach(entry => entry.Tensor.Dispose());
        }
    }

    /// <summary>
    /// Finds the components among the fields, those of base classes first; the last line of every constructor. Fields that
    /// are still null, or were found before, are passed over.
    /// </summary>
    /// <exception cref="InvalidOperationException">A tensor or module field has no name for checkpoints.</exception>
    protected void RegisterComponents()
    {
        foreach (var field in ComponentFields(GetType()))
        {
            switch (field.GetValue(this))
            {
                case Tensor or Module when _fields.Add(field):
                    Register(NameOf(field), field.GetValue(this)!);
                    break;
                case IEnumerable<Module> modules and not Module when modules.Any(module => !_modules.Exists(entry => entry.Module == module)):
                    throw new InvalidOperationException($"Field '{field.Name}' of '{GetType().Name}' holds modules that nothing would find; use a ModuleList, or Register each before.");
            }
        }
    }

    /// <summary>Adds a component that is in no field of its own.</summary>
    protected void Register(string name, object component)
    {
        switch (component)
        {
            case Tensor tensor:
                _tensors.Add((name, tensor.DetachFromDisposeScope()));
                break;
            case Module module:
                _modules.Add((name, module));
                break;
            default:
                throw new ArgumentException($"A component is of type '{component.GetType().Name}' but must be a tensor or a module.", nameof(component));
        }
    }

    // A type's own list has no private fields of its base classes.
    private static IEnumerable<FieldInfo> ComponentFields(Type type)
    {
        return type == typeof(Module)
            ? []
            : ComponentFields(type.BaseType!).Concat(type.GetFields(
                BindingFlags.Instance | BindingFlags.NonPublic | BindingFlags.Public | BindingFlags.DeclaredOnly));
    }

    private static string NameOf(FieldInfo field)
    {
        return field.GetCustomAttribute<ComponentNameAttribute>()?.Name
            ?? throw new InvalidOperationException($"Field '{field.Name}' of '{field.DeclaringType!.Name}' has no name for checkpoints; give it a [ComponentName].");
    }

    private IEnumerable<(string name, Tensor tensor)> Walk(string prefix)
    {
        foreach (var (name, tensor) in _tensors)
        {
            yield return (prefix + name, tensor);
        }

        foreach (var (name, module) in _modules)
        {
            foreach (var entry in module.Walk($"{prefix}{name}."))
            {
                yield return entry;
            }
        }
    }
}
