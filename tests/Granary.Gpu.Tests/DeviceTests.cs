using Granary.Torch;

namespace Granary.Gpu.Tests;

public sealed class DeviceTests
{
    [Test]
    public void The_device_is_named()
    {
        Assert.That(torch.version, Is.Not.Empty);
    }
}
