using Granary.Testing;
using Granary.Torch;
using Granary.Torch.Distributed;

namespace Granary.Gpu.Tests;

/// <summary>NCCL with the one rank that a single GPU allows.</summary>
public sealed class NcclTests : GpuFixture
{
    [Test]
    public void One_rank_sums_sends_to_all_and_gathers()
    {
        RequireGpu();
        if (!DistributedBackends.Available().Contains(DistributedBackend.Nccl))
        {
            Assert.Ignore("The native library was built without NCCL.");
        }

        using var store = TcpStore.Host("127.0.0.1", FreePort.Find(), TimeSpan.FromSeconds(20));
        using var group = NativeProcessGroup.Create(store, new ProcessGroupOptions { Rank = 0, Size = 1, Backend = DistributedBackend.Nccl, Timeout = TimeSpan.FromSeconds(20) });
        var values = torch.tensor([1.0f, 2.0f, 3.0f]);
        var gathered = torch.zeros(3);

        group.all_reduce(values).wait();
        group.broadcast(values, 0).wait();
        group.all_gather_into_tensor(gathered, values).wait();
        group.reduce_scatter_tensor(gathered, values).wait();
        group.barrier().wait();

        Assert.That(values.to_array<float>(), Is.EqualTo(new[] { 1.0f, 2.0f, 3.0f }));
        Assert.That(gathered.to_array<float>(), Is.EqualTo(new[] { 1.0f, 2.0f, 3.0f }));
    }
}
