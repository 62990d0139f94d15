using Granary.Testing;
using Granary.Torch;

namespace Granary.Gpu.Tests;

/// <summary>Tests that need a GPU; where there is none they are skipped and say so.</summary>
[Category("Gpu")]
public abstract class GpuFixture : TensorFixture
{
    [OneTimeSetUp]
    public void UseDevice()
    {
        // The references in main memory are small, and other programs may want the cores.
        torch.set_num_threads(Math.Min(Environment.ProcessorCount, 4));
        if (TestDevice.IsRehearsal)
        {
            return;
        }

        if (!torch.cuda.is_available())
        {
            Assert.Ignore("There is no CUDA device here, or libtorch is one without CUDA.");
        }

        torch.set_default_device(torch.CUDA);
        torch.cuda.allow_tf32(false);
    }

    [OneTimeTearDown]
    public void LeaveDevice()
    {
        if (torch.get_default_device().Type == DeviceType.CUDA)
        {
            torch.set_default_device(torch.CPU);
            torch.cuda.synchronize();
            torch.cuda.empty_cache();
        }
    }

    /// <summary>Skips a test that is about the GPU itself.</summary>
    protected static void RequireGpu()
    {
        if (TestDevice.IsRehearsal)
        {
            Assert.Ignore("This is a rehearsal without a GPU.");
        }
    }
}
