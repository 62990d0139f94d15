using Granary.Testing;

namespace Granary.Torch.Distributed.Tests;

[TestFixture(false)]
[TestFixture(true)]
public sealed class NativeProcessGroupTests
{
    private static readonly TimeSpan Short = TimeSpan.FromMilliseconds(300);

    private readonly bool _readsMemory;

    public NativeProcessGroupTests(bool readsMemory)
    {
        _readsMemory = readsMemory;
    }

    [Test]
    public void A_peer_that_sends_nothing_is_named_when_time_is_over()
    {
        var failures = Run(
            2,
            group =>
            {
                using var tensor = torch.zeros([3, 4]);
                return group.rank == 1 ? null : Assert.Throws<DistributedException>(() => group.irecv(tensor, 1, tag: 5).wait());
            },
            Short,
            checksCalls: false);

        Assert.That(failures[0]!.Message, Does.StartWith("Rank 0 waited up to 0.3 s for float32[3, 4] on cpu with tag 5 from rank 1 in group 'world', but in vain"));
        Assert.That(failures[0]!.FailedRank, Is.EqualTo(1));
    }

    [Test]
    public void A_failed_exchange_stays_failed()
    {
        Run(
            2,
            group =>
            {
                using var tensor = torch.zeros([1]);
                if (group.rank == 0)
                {
                    var work = group.irecv(tensor, 1);
                    Assert.That(work.wait, Throws.TypeOf<DistributedException>());
                    Assert.That(work.wait, Throws.TypeOf<DistributedException>());
                }

                return 0;
            },
            Short,
            checksCalls: false);
    }

    [Test]
    public void A_rank_that_never_comes_is_told_with_the_group_it_is_missing_in()
    {
        using var store = TcpStore.Host("127.0.0.1", 0, Short);

        var thrown = Assert.Throws<DistributedException>(() => NativeProcessGroup.Create(store, new ProcessGroupOptions { Rank = 0, Size = 2, Host = "127.0.0.1", Timeout = Short, ReadsMemory = _readsMemory }));

        Assert.That(thrown.Message, Does.StartWith("Rank 0 waited up to 0.3 s for the ranks 0, 1 to meet in group 'world'"));
    }

    [Test]
    public void A_wait_of_another_thread_ends_when_the_group_is_aborted()
    {
        var reason = new DistributedException("Rank 7 is gone.", 7);
        using var bothHaveEnded = new Barrier(2);

        var failures = Run(2, group =>
        {
            using var tensor = torch.zeros([1]);
            using var inner = group.new_group([0, 1])!;
            var work = inner.irecv(tensor, 1 - group.rank);
            var aborter = new Thread(() => ((NativeProcessGroup)group).Abort(reason));
            aborter.Start();
            var thrown = Assert.Throws<DistributedException>(work.wait);
            aborter.Join();
            Assert.That(() => group.isend(tensor, 1 - group.rank), Throws.TypeOf<DistributedException>().With.Message.EqualTo(reason.Message));
            bothHaveEnded.SignalAndWait(); // a group that goes ends its peer's waiting too
            return thrown;
        });

        Assert.That(failures.Select(failure => (failure!.Message, failure.FailedRank)), Has.All.EqualTo(("Rank 7 is gone.", 7)));
    }

    [Test]
    public void Calls_that_differ_across_ranks_are_refused_before_anything_is_sent()
    {
        var failures = FailuresOf(3, group =>
        {
            using var tensor = torch.zeros([group.rank == 2 ? 5 : 4]);
            group.all_reduce(tensor).wait();
        });

        Assert.That(failures, Has.Some.Contains("float32[5] on cpu in group 'world' where rank").Or.Some.Contains("calls all_reduce, Sum, of float32[5] on cpu, as call 0"));
        Assert.That(failures, Has.All.Contains("nothing was sent"));
    }

    [Test]
    public void Other_orders_of_the_same_calls_are_refused()
    {
        var failures = FailuresOf(2, group =>
        {
            using var tensor = torch.zeros([2]);
            (group.rank == 0 ? group.barrier() : group.broadcast(tensor, 0)).wait();
        });

        Assert.That(failures, Has.All.Contains("barrier").And.All.Contains("broadcast of float32[2] on cpu from rank 0"));
    }

    // So many that they are not sent before they are asked for.
    [TestCase(4000, ScalarType.Int32, Description = "another type of the same size")]
    [TestCase(3000, ScalarType.Float32, Description = "fewer elements than are sent")]
    [TestCase(5000, ScalarType.Float32, Description = "more elements than are sent")]
    public void What_is_received_otherwise_than_it_is_sent_is_refused(int elements, ScalarType type)
    {
        var failures = FailuresOf(2, group =>
        {
            using var sent = torch.zeros([4000]);
            using var received = torch.zeros([elements], type);
            (group.rank == 0 ? group.isend(sent, 1) : group.irecv(received, 0)).wait();
        });

        Assert.That(failures, Has.All.Contains("sends float32[4000]").Or.All.Contains("where rank 0 sends float32[4000]"));
        Assert.That(failures, Has.All.Contains($"{type.ToString().ToLowerInvariant()}[{elements}]"));
    }

    [Test]
    public void A_check_can_begin_and_end_at_any_call()
    {
        Run(3, group =>
        {
            for (var call = 0; call < 6; call++)
            {
                ((NativeProcessGroup)group).ChecksCalls = call % 2 == 0;
                using var tensor = torch.full([2], group.rank);
                group.all_reduce(tensor).wait();
                Assert.That(tensor.mean().item(), Is.EqualTo(3));
            }

            return 0;
        });
    }

    [Test]
    public void A_tensor_that_is_sent_may_be_disposed_before_it_has_gone()
    {
        Run(2, group =>
        {
            using var received = torch.zeros([100_000]);
            Work sending;
            using (torch.NewDisposeScope())
            {
                sending = group.isend(torch.full([100_000], group.rank), 1 - group.rank);
            }

            // Would take the memory if it were free.
            using var other = torch.full([100_000], 17);
            group.irecv(received, 1 - group.rank).wait();
            sending.wait();
            Assert.That(received.mean().item(), Is.EqualTo(1 - group.rank));
            return 0;
        });
    }

    [Test]
    public void Autograd_sees_that_a_received_tensor_has_changed()
    {
        Run(2, group =>
        {
            using var scope = torch.NewDisposeScope();
            var (weight, values) = (torch.full([2], 3).requires_grad_(), torch.full([2], 5));
            var product = (weight * values).sum();
            group.batch_isend_irecv([PeerOperation.Receive(values, 1 - group.rank), PeerOperation.Send(torch.full([2], 5), 1 - group.rank)]).wait();
            Assert.That(() => product.backward(), Throws.TypeOf<TorchException>().With.Message.Contains("inplace"));
            return 0;
        });
    }

    [Test]
    public void Thousands_of_small_exchanges_leave_nothing_behind()
    {
        Run(
            2,
            group =>
            {
                // Both ranks are in this process and measure it together.
                var growth = ResidentSet.GrowthOf(() =>
                {
                    for (var exchange = 0; exchange < 2_000; exchange++)
                    {
                        using var scope = torch.NewDisposeScope();
                        var received = torch.zeros([8]);
                        group.batch_isend_irecv([PeerOperation.Send(torch.full([8], exchange), 1 - group.rank), PeerOperation.Receive(received, 1 - group.rank)]).wait();
                        Assert.That(received.mean().item(), Is.EqualTo(exchange));
                    }
                }, rounds: 1);
                Assert.That(growth, Is.LessThan(12 << 20));
                return 0;
            },
            checksCalls: false);
    }

    [Test]
    public void Groups_that_come_and_go_leave_no_threads()
    {
        Run(2, group =>
        {
            using var tensor = torch.zeros([1]);
            for (var number = 0; number < 20; number++)
            {
                using var inner = group.new_group([0, 1])!;
                inner.all_reduce(tensor).wait();
            }

            group.barrier().wait();
            return 0;
        });

        Assert.That(System.Diagnostics.Process.GetCurrentProcess().Threads, Has.Count.LessThan(200));
    }

    [Test]
    public void A_group_is_there_only_when_all_members_say_that_they_have_connected()
    {
        ProcessGroupOptions Options(int rank) => new() { Rank = rank, Size = 2, Host = "127.0.0.1", Timeout = TimeSpan.FromSeconds(3), ReadsMemory = _readsMemory };
        using var store = TcpStore.Host("127.0.0.1", 0, Options(0).Timeout);
        using var silent = TcpStore.Connect(store.host, store.port, store.timeout);
        var connecting = Task.Run(() => silent.CreateGroup("world", Options(1), rank: 1, size: 2));

        var thrown = Assert.Throws<DistributedException>(() => NativeProcessGroup.Create(store, Options(0)));

        Assert.That(thrown.Message, Does.Contain("some are still connecting"));
        connecting.Result.Dispose();
    }

    [Test]
    public void A_member_that_leaves_at_once_does_not_fail_those_that_still_connect()
    {
        Run(2, group =>
        {
            for (var number = 0; number < 50; number++)
            {
                group.new_group([0, 1])!.Dispose();
            }

            return 0;
        });
    }

    [Test]
    public void Exchanges_that_nobody_waited_for_end_with_their_group()
    {
        Run(2, group =>
        {
            using var tensor = torch.zeros([1 << 20]);
            using (var inner = group.new_group([0, 1])!)
            {
                inner.barrier().wait();
                inner.irecv(tensor, 1 - group.rank, tag: 3);
                inner.isend(tensor, 1 - group.rank, tag: 4);
            }

            group.all_reduce(tensor).wait();
            return 0;
        });
    }

    [Test]
    public void A_backend_that_is_not_built_in_is_one_sentence()
    {
        using var store = TcpStore.Host("127.0.0.1", 0, Short);
        Assume.That(DistributedBackends.Available(), Does.Not.Contain(DistributedBackend.Nccl), "this libtorch has NCCL");

        Assert.That(
            () => NativeProcessGroup.Create(store, new ProcessGroupOptions { Rank = 0, Size = 2, Backend = DistributedBackend.Nccl }),
            Throws.TypeOf<DistributedException>().With.Message.StartsWith("Many ranks need the backend 'nccl', but libtorch"));
    }

    private T[] Run<T>(int ranks, Func<ProcessGroup, T> body, TimeSpan? timeout = null, bool checksCalls = true)
    {
        return RankHarness.RunOverGloo(ranks, body, timeout, checksCalls, _readsMemory);
    }

    // The messages with which the ranks fail; all must.
    private string[] FailuresOf(int ranks, Action<ProcessGroup> body)
    {
        return Run(ranks, group => Assert.Throws<DistributedException>(() => body(group)).Message, TimeSpan.FromSeconds(30));
    }
}
