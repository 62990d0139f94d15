namespace Granary.Torch.Tests;

public sealed class ScalarTypesTests
{
    [TestCase(ScalarType.Byte, 1)]
    [TestCase(ScalarType.Int8, 1)]
    [TestCase(ScalarType.Bool, 1)]
    [TestCase(ScalarType.Int16, 2)]
    [TestCase(ScalarType.Float16, 2)]
    [TestCase(ScalarType.BFloat16, 2)]
    [TestCase(ScalarType.Int32, 4)]
    [TestCase(ScalarType.Float32, 4)]
    [TestCase(ScalarType.Int64, 8)]
    [TestCase(ScalarType.Float64, 8)]
    public void Sizes_are_those_of_libtorch(ScalarType type, int size)
    {
        using var x = torch.zeros([3], type);

        Assert.That(type.ElementSize(), Is.EqualTo(size));
        Assert.That(x.dtype, Is.EqualTo(type));
        Assert.That(x.bytes.Length, Is.EqualTo(3 * size));
    }

    [Test]
    public void Types_are_stored_as_their_like()
    {
        Assert.That(ScalarTypes.Of<BFloat16Bits>(), Is.EqualTo(ScalarType.BFloat16));
        Assert.That(ScalarTypes.Of<Half>(), Is.EqualTo(ScalarType.Float16));
        Assert.That(ScalarTypes.Of<bool>(), Is.EqualTo(ScalarType.Bool));
        var thrown = Assert.Throws<NotSupportedException>(() => ScalarTypes.Of<char>());
        Assert.That(thrown.Message, Does.Contain("'Char'"));
    }

    [Test]
    public void An_unknown_type_has_no_size()
    {
        Assert.Throws<ArgumentOutOfRangeException>(() => ((ScalarType)99).ElementSize());
    }

    [Test]
    public void Gradients_flow_through_floating_types_only()
    {
        var floating = Enum.GetValues<ScalarType>().Where(type => type.IsFloatingPoint());

        Assert.That(floating, Is.EquivalentTo(new[] { ScalarType.Float16, ScalarType.Float32, ScalarType.Float64, ScalarType.BFloat16 }));
    }
}
