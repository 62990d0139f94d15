using Granary.Torch;

namespace Granary.Training;

/// <summary>Times work on the default device: a GPU is waited for before and after, as it works on when a call returns.</summary>
internal static class DeviceClock
{
    /// <summary>Whether the default device is a GPU.</summary>
    internal static bool IsOnGpu => torch.get_default_device().Type == DeviceType.CUDA;

    /// <summary>The seconds of some work.</summary>
    internal static double Seconds(TimeProvider time, Action work)
    {
        Settle();
        var begin = time.GetTimestamp();
        work();
        Settle();
        return time.GetElapsedTime(begin).TotalSeconds;
    }

    /// <summary>Waits until the device has done all it was given.</summary>
    internal static void Settle()
    {
        if (IsOnGpu)
        {
            torch.cuda.synchronize();
        }
    }
}
