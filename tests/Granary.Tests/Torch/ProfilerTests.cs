namespace Granary.Torch.Tests;

public sealed class ProfilerTests
{
    [Test]
    public void Products_are_counted_with_their_operations_forward_and_back()
    {
        using var scope = torch.NewDisposeScope();
        var left = torch.rand(3, 5).requires_grad_();
        var right = torch.rand(5, 7);
        using var profiler = Profiler.Start();

        using (Profiler.Phase("forward"))
        {
            var product = left.mm(right).sum();
            using (Profiler.Phase("backward"))
            {
                product.backward();
            }
        }

        var products = profiler.Stop().Where(row => row.Name == "aten::mm").ToDictionary(row => row.Phase);
        Assert.Multiple(() =>
        {
            Assert.That(products["forward"].Operations, Is.EqualTo(2.0 * 3 * 5 * 7));
            Assert.That(products["backward"].Operations, Is.EqualTo(2.0 * 3 * 5 * 7), "one product: the right side asks for no gradient");
            Assert.That(products["forward"].Bytes, Is.EqualTo(sizeof(float) * ((3 * 5) + (5 * 7) + (3 * 7))));
        });
    }

    [Test]
    public void Times_of_all_rows_add_up_to_the_whole()
    {
        using var scope = torch.NewDisposeScope();
        var matrix = torch.rand(64, 64);
        using var profiler = Profiler.Start();
        var begin = TimeProvider.System.GetTimestamp();

        using (Profiler.Phase("all"))
        {
            for (var i = 0; i < 20; i++)
            {
                matrix.mm(matrix).Dispose();
            }
        }

        var elapsed = TimeProvider.System.GetElapsedTime(begin).TotalSeconds;
        var rows = profiler.Stop();
        Assert.Multiple(() =>
        {
            Assert.That(rows.Select(row => row.Phase), Has.All.EqualTo("all"));
            Assert.That(rows.Sum(row => row.Seconds), Is.LessThanOrEqualTo(elapsed));
            Assert.That(rows.Single(row => row.Name == "aten::mm").Calls, Is.EqualTo(20));
            Assert.That(rows.Select(row => row.Seconds), Is.Ordered.Descending);
        });
    }

    [Test]
    public void Nothing_is_counted_outside()
    {
        using var scope = torch.NewDisposeScope();
        var matrix = torch.rand(4, 4);

        using (Profiler.Phase("before"))
        {
            matrix.mm(matrix).Dispose();
        }

        using var profiler = Profiler.Start();
        var rows = profiler.Stop();
        matrix.mm(matrix).Dispose();

        Assert.That(rows, Is.Empty);
    }

    [Test]
    public void A_thread_is_profiled_once_at_a_time()
    {
        using var profiler = Profiler.Start();

        Assert.That(() => Profiler.Start(), Throws.TypeOf<TorchException>().With.Message.Contains("being profiled already"));
    }
}
