namespace Granary.Core.Randomness.Tests;

/// <summary>Known answers from the Random123 distribution's kat_vectors, philox4x32 with 10 rounds.</summary>
public sealed class PhiloxTests
{
    [TestCase(0UL, 0UL, 0UL, 0xe169c58d_6627e8d5UL, 0x9b00dbd8_bc57ac4cUL, Description = "all zero")]
    [TestCase(ulong.MaxValue, ulong.MaxValue, ulong.MaxValue, 0x41c83b0e_408f276dUL, 0x6d5451fd_a20bc7c6UL, Description = "all ones")]
    [TestCase(0x299f31d0_a4093822UL, 0x85a308d3_243f6a88UL, 0x03707344_13198a2eUL, 0x94fdcceb_d16cfe09UL, 0x24126ea1_5001e420UL, Description = "digits of pi")]
    public void Block_equals_the_published_vectors(ulong key, ulong low, ulong high, ulong expectedLow, ulong expectedHigh)
    {
        Assert.That(Philox.Block(key, low, high), Is.EqualTo((expectedLow, expectedHigh)));
    }
}
