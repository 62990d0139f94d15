namespace Granary.Torch.Tests;

public sealed class DeviceTests
{
    [TestCase("cpu", DeviceType.CPU, -1)]
    [TestCase("cuda", DeviceType.CUDA, -1)]
    [TestCase("cuda:0", DeviceType.CUDA, 0)]
    [TestCase("cuda:12", DeviceType.CUDA, 12)]
    public void A_device_has_its_name_back(string name, DeviceType type, int index)
    {
        Assert.That(Device.TryParse(name, out var device));

        Assert.That(device, Is.EqualTo(new Device(type, index)));
        Assert.That(device.ToString(), Is.EqualTo(name));
    }

    [TestCase("")]
    [TestCase("gpu")]
    [TestCase("cpu:0")]
    [TestCase("cuda:")]
    [TestCase("cuda:-1")]
    [TestCase("cuda:a")]
    [TestCase("cuda:0:1")]
    [TestCase("CUDA")]
    public void Other_names_are_none(string name)
    {
        Assert.That(Device.TryParse(name, out _), Is.False);
    }
}
