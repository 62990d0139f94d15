using Granary.Torch.Native;

namespace Granary.Torch;

/// <summary>A part of what a thread does that a <see cref="Profiler"/> counts by itself, until it is disposed.</summary>
public readonly struct ProfiledPart : IDisposable
{
    private readonly bool _isEntered;

    internal ProfiledPart(bool isEntered)
    {
        _isEntered = isEntered;
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        if (_isEntered)
        {
            NativeStatus.Check(NativeMethods.gn_profile_leave());
        }
    }
}
