namespace Granary.Torch.Tests;

public sealed class GradModeTests
{
    [Test]
    public void Modes_nest_and_go_back()
    {
        Assert.That(torch.is_grad_enabled());
        using (torch.no_grad())
        {
            Assert.That(torch.is_grad_enabled(), Is.False);
            using (torch.enable_grad())
            {
                Assert.That(torch.is_grad_enabled());
                using (torch.no_grad())
                {
                    Assert.That(torch.is_grad_enabled(), Is.False);
                }

                Assert.That(torch.is_grad_enabled());
            }

            Assert.That(torch.is_grad_enabled(), Is.False);
        }

        Assert.That(torch.is_grad_enabled());
    }

    [Test]
    public void Nothing_is_recorded_inside_no_grad()
    {
        using var scope = torch.NewDisposeScope();
        var x = torch.ones([2], requires_grad: true);

        using (torch.no_grad())
        {
            Assert.That(x.add(1).requires_grad, Is.False);
            using var inner = torch.enable_grad();
            Assert.That(x.add(1).requires_grad);
        }

        Assert.That(x.add(1).requires_grad);
    }

    [Test]
    public void Modes_of_threads_are_apart()
    {
        using var mode = torch.no_grad();
        var isEnabled = false;

        var thread = new Thread(() => isEnabled = torch.is_grad_enabled());
        thread.Start();
        thread.Join();

        Assert.That(isEnabled);
    }
}
