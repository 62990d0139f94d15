using Granary.Testing;

namespace Granary.Torch.Distributed.Tests;

public sealed class TcpStoreTests
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    private TcpStore _host;
    private TcpStore _client;

    [SetUp]
    public void Open()
    {
        _host = TcpStore.Host("127.0.0.1", 0, Patience);
        _client = TcpStore.Connect("127.0.0.1", _host.port, Patience);
    }

    [TearDown]
    public void Close()
    {
        _client.Dispose();
        _host.Dispose();
    }

    [Test]
    public void What_one_process_sets_another_gets()
    {
        _client.set("key", [1, 0, 255]);
        _client.set("nothing", []);

        Assert.That(_host.get("key"), Is.EqualTo(new byte[] { 1, 0, 255 }));
        Assert.That(_host.get("nothing"), Is.Empty);
    }

    [Test]
    public void Connections_with_another_prefix_see_nothing_of_each_other()
    {
        using var first = TcpStore.Connect("127.0.0.1", _host.port, Patience, prefix: "run/1/");
        using var second = TcpStore.Connect("127.0.0.1", _host.port, Patience, prefix: "run/2/");

        first.set("rank/0", "here");

        Assert.That((first.check("rank/0"), second.check("rank/0"), _host.check("run/1/rank/0")), Is.EqualTo((true, false, true)));
        Assert.That(second.add("rank/1", 1), Is.EqualTo(1), "a zombie is not counted");
    }

    [Test]
    public void Numbers_are_added_to_from_nothing()
    {
        _client.add("count", 2);
        var sum = _host.add("count", 40);

        Assert.That(sum, Is.EqualTo(42));
        Assert.That(_client.add("count", 0), Is.EqualTo(42));
    }

    [Test]
    public void Of_two_that_write_first_one_wins()
    {
        var first = _client.compare_set("key", string.Empty, "mine");
        var second = _host.compare_set("key", string.Empty, "yours");
        var third = _host.compare_set("key", "mine", "ours");

        Assert.That((first, second, third), Is.EqualTo(("mine", "mine", "ours")));
    }

    [Test]
    public void A_key_that_is_deleted_is_not_there()
    {
        _client.set("key", "value");

        Assert.That(_host.check("key"), Is.True);
        Assert.That(_host.delete_key("key"), Is.True);
        Assert.That(_client.check("key"), Is.False);
        Assert.That(_client.delete_key("key"), Is.False);
    }

    [Test]
    public void A_wait_ends_with_what_another_thread_sets()
    {
        var setter = new Thread(() => _host.set("late", "value"));
        setter.Start();

        _client.wait(["late"]);

        setter.Join();
        Assert.That(_client.check("late"), Is.True);
    }

    [Test]
    public void A_wait_in_vain_names_the_keys_and_spoils_nothing()
    {
        _client.set("there", "value");

        Assert.That(
            () => _client.wait(["there", "never", "nor this"], TimeSpan.FromMilliseconds(20)),
            Throws.TypeOf<DistributedException>().With.Message.Contains("'never', 'nor this'"));
        Assert.That(_client.add("count", 7), Is.EqualTo(7));
    }

    [Test]
    public void A_taken_port_is_told_with_its_number()
    {
        Assert.That(
            () => TcpStore.Host("127.0.0.1", _host.port, Patience),
            Throws.TypeOf<DistributedException>().With.Message.Contains($"could not be opened at '127.0.0.1:{_host.port}'"));
    }

    [Test]
    public void A_host_that_never_comes_is_rank_0()
    {
        using var gone = TcpStore.Host("127.0.0.1", 0, Patience);
        gone.Dispose();

        var thrown = Assert.Throws<DistributedException>(() => TcpStore.Connect("127.0.0.1", gone.port, TimeSpan.FromMilliseconds(100)));

        Assert.That(thrown.Message, Does.Contain($"No store answered at '127.0.0.1:{gone.port}' within 1 s"));
        Assert.That(thrown.FailedRank, Is.Zero);
    }

    [Test]
    public void A_host_that_goes_is_told_at_the_next_call()
    {
        _host.Dispose();

        var thrown = Assert.Throws<DistributedException>(() => _client.add("count", 1));

        Assert.That(thrown.Message, Does.Contain("did not answer for 'count'"));
        Assert.That(thrown.FailedRank, Is.Zero);
    }

    [TestCase("0.0.0.0/bad host")]
    public void A_host_without_an_address_is_an_error_in_one_sentence(string host)
    {
        Assert.That(() => TcpStore.Connect(host, 29_500, TimeSpan.FromMilliseconds(100)), Throws.TypeOf<DistributedException>().With.Message.Contains(host));
    }

    [Test]
    public void A_store_does_not_grow_the_process()
    {
        var growth = ResidentSet.GrowthOf(() =>
        {
            for (var round = 0; round < 2_000; round++)
            {
                _client.set("key", "value");
                _client.get("key");
            }
        });

        Assert.That(growth, Is.LessThan(16 << 20));
    }
}
