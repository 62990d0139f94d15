using Granary.Testing;

namespace Granary.Torch.Tests;

public sealed class GeneratorTests : TensorFixture
{
    [Test]
    public void The_same_seed_gives_the_same_numbers()
    {
        using var first = new Generator(5);
        using var second = new Generator(5);
        using var other = new Generator(6);

        var numbers = torch.randn([100], generator: first);

        TensorAssert.AreEqual(torch.randn([100], generator: second), numbers);
        Assert.That(torch.randn([100], generator: other).equal(numbers), Is.False);
    }

    [Test]
    public void A_state_can_be_gone_back_to()
    {
        using var generator = new Generator(5);
        torch.rand([7], generator: generator);
        var state = generator.get_state();
        var numbers = torch.randint(0, 1_000, [50], generator: generator);

        using var other = new Generator(1);
        other.set_state(state);

        TensorAssert.AreEqual(torch.randint(0, 1_000, [50], generator: other), numbers);
    }

    [Test]
    public void A_state_of_the_wrong_size_is_refused()
    {
        using var generator = new Generator(5);

        Assert.Throws<TorchException>(() => generator.set_state(torch.zeros([3], ScalarType.Byte)));
    }

    [Test]
    public void The_default_generator_is_seeded_by_manual_seed()
    {
        torch.manual_seed(11);
        var numbers = torch.randn(10);
        torch.manual_seed(11);

        TensorAssert.AreEqual(torch.randn(10), numbers);
    }

    [Test]
    public void Draws_come_from_the_generator_given()
    {
        using var first = new Generator(5);
        using var second = new Generator(5);

        TensorAssert.AreEqual(torch.zeros(9).normal_(1, 2, first), torch.zeros(9).normal_(1, 2, second));
        TensorAssert.AreEqual(torch.zeros(9).uniform_(1, 2, first), torch.zeros(9).uniform_(1, 2, second));
        TensorAssert.AreEqual(torch.zeros(9).bernoulli_(0.5, first), torch.zeros(9).bernoulli_(0.5, second));
        TensorAssert.AreEqual(torch.randperm(9, first), torch.randperm(9, second));
        TensorAssert.AreEqual(torch.ones(9).multinomial(3, generator: first), torch.ones(9).multinomial(3, generator: second));
    }

    [Test]
    public void Use_after_dispose_is_an_error()
    {
        var generator = new Generator(5);
        generator.Dispose();

        Assert.Throws<ObjectDisposedException>(() => torch.rand([2], generator: generator));
        Assert.Throws<ObjectDisposedException>(() => generator.get_state());
    }
}
