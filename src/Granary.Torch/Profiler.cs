using System.Runtime.InteropServices;
using System.Text;
using Granary.Torch.Native;

namespace Granary.Torch;

/// <summary>
/// Counts where a thread's time goes: every operator that libtorch runs on it, forward and backward, and every kernel of
/// this library. Costs about two microseconds a call, so a profiled step is slower than others.
/// </summary>
public sealed unsafe class Profiler : IDisposable
{
    [ThreadStatic]
    private static bool _isOn;

    private Profiler()
    {
    }

    /// <summary>Begins to count what this thread does.</summary>
    /// <exception cref="TorchException">This thread is being profiled already.</exception>
    public static Profiler Start()
    {
        NativeStatus.Check(NativeMethods.gn_profile_start());
        _isOn = true;
        return new Profiler();
    }

    /// <summary>Ends it and gives what was counted, the longest first.</summary>
    /// <exception cref="TorchException">It is over.</exception>
    public IReadOnlyList<ProfileRow> Stop()
    {
        _isOn = false;
        long count;
        NativeStatus.Check(NativeMethods.gn_profile_stop(&count));
        var rows = new List<ProfileRow>();
        for (var i = 0L; i < count; i++)
        {
            NativeProfileRow row;
            NativeStatus.Check(NativeMethods.gn_profile_get_row(i, &row));
            rows.Add(new(Text(row.Phase), Text(row.Name), row.Calls, row.Seconds, row.Operations, row.Bytes));
        }

        return [.. rows.OrderByDescending(row => row.Seconds)];
    }

    /// <summary>Names what this thread does until the result is disposed; nothing where it is not being profiled.</summary>
    public static ProfiledPart Phase(string name) => Enter(name, isPhase: true, operations: 0, bytes: 0);

    /// <inheritdoc/>
    public void Dispose()
    {
        if (_isOn)
        {
            Stop();
        }
    }

    /// <summary>A kernel's call until the result is disposed.</summary>
    internal static ProfiledPart Kernel(string name, double operations, double bytes) => Enter(name, isPhase: false, operations, bytes);

    private static ProfiledPart Enter(string name, bool isPhase, double operations, double bytes)
    {
        if (!_isOn)
        {
            return default;
        }

        var utf8 = Encoding.UTF8.GetBytes(name);
        fixed (byte* text = utf8)
        {
            NativeStatus.Check(NativeMethods.gn_profile_enter(text, utf8.Length, isPhase ? 1 : 0, operations, bytes));
        }

        return new ProfiledPart(isEntered: true);
    }

    private static string Text(byte* text) => Marshal.PtrToStringUTF8((nint)text)!;
}
