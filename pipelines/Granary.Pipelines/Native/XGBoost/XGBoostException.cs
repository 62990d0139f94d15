using System.Runtime.InteropServices;

namespace Granary.Pipelines.Native.XGBoost;

/// <summary>What XGBoost reports, or why it cannot be used.</summary>
internal sealed class XGBoostException : Exception
{
    public XGBoostException(string message, Exception? inner = null)
        : base(message, inner)
    {
    }

    /// <summary>Throws XGBoost's own words where a function did not give 0.</summary>
    internal static unsafe void ThrowIfFailed(int status)
    {
        if (status != 0)
        {
            // The first line says what; a stack trace of the library follows.
            var said = Marshal.PtrToStringUTF8((nint)NativeMethods.XGBGetLastError())?.Split('\n')[0].Trim();
            throw new XGBoostException(string.IsNullOrEmpty(said) ? "XGBoost fails and gives no reason." : $"XGBoost fails: {said.TrimEnd('.')}.");
        }
    }
}
