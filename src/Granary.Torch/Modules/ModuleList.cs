using System.Collections;
using System.Globalization;

namespace Granary.Torch.Modules;

/// <summary>Modules in a row, named by their index.</summary>
/// <typeparam name="T">What they are.</typeparam>
public sealed class ModuleList<T> : Module, IReadOnlyList<T>
    where T : Module
{
    private readonly T[] _modules;

    /// <summary>Holds the modules and owns them.</summary>
    public ModuleList(IEnumerable<T> modules)
    {
        _modules = [.. modules];
        for (var index = 0; index < _modules.Length; index++)
        {
            Register(index.ToString(CultureInfo.InvariantCulture), _modules[index]);
        }
    }

    /// <inheritdoc/>
    public int Count => _modules.Length;

    /// <inheritdoc/>
    public T this[int index] => _modules[index];

    /// <inheritdoc/>
    public IEnumerator<T> GetEnumerator() => ((IEnumerable<T>)_modules).GetEnumerator();

    /// <inheritdoc/>
    IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();
}
