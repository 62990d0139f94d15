using Granary.Torch.Native;

namespace Granary.Torch;

/// <summary>Whether history is recorded, until it is disposed; then as before.</summary>
public readonly struct GradMode : IDisposable
{
    private readonly int _previous;

    internal GradMode(bool isEnabled)
    {
        _previous = NativeMethods.gn_autograd_get_enabled();
        NativeMethods.gn_autograd_set_enabled(isEnabled ? 1 : 0);
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        NativeMethods.gn_autograd_set_enabled(_previous);
    }
}
