using Granary.Torch;

namespace Granary.Testing.Tests;

public sealed class TensorAssertTests : TensorFixture
{
    [Test]
    public void The_worst_element_is_shown_with_its_index()
    {
        var expected = torch.zeros([2, 3, 4]);
        var actual = expected.clone();
        actual.data<float>()[5] = 0.25f;
        actual.data<float>()[1 * 12 + 2 * 4 + 3] = -2f;

        var message = MessageOf(() => TensorAssert.AreClose(actual, expected, rtol: 0, atol: 0.125, "query"));

        Assert.That(message, Does.Contain("float32[2, 3, 4] on cpu (query): 2 of 24 elements"));
        Assert.That(message, Does.Contain("[1, 2, 3]: actual -2, expected 0"));
    }

    [TestCase(1.0, 1.0 + 1e-6, true, Description = "within rtol")]
    [TestCase(1.0, 1.0 + 1e-3, false, Description = "outside rtol")]
    [TestCase(double.NaN, double.NaN, true, Description = "NaN is NaN")]
    [TestCase(double.NaN, 1.0, false, Description = "NaN is no number")]
    [TestCase(double.NegativeInfinity, double.NegativeInfinity, true, Description = "the same infinity")]
    [TestCase(double.NegativeInfinity, double.PositiveInfinity, false, Description = "the other infinity")]
    [TestCase(double.PositiveInfinity, 1e300, false, Description = "infinity is not large")]
    public void Close_is_within_both_tolerances(double expected, double actual, bool isClose)
    {
        var message = MessageOf(() => TensorAssert.AreClose(torch.tensor(actual, ScalarType.Float64), torch.tensor(expected, ScalarType.Float64), rtol: 1e-5, atol: 0));

        Assert.That(message is null, Is.EqualTo(isClose));
    }

    [Test]
    public void Shapes_that_only_broadcast_are_not_equal()
    {
        Assert.That(MessageOf(() => TensorAssert.AreClose(torch.ones(2, 1), torch.ones(2), 1, 1)), Does.Contain("shape"));
    }

    [Test]
    public void Types_that_differ_are_not_equal()
    {
        Assert.That(MessageOf(() => TensorAssert.AreEqual(torch.ones([2], ScalarType.Float64), torch.ones(2))), Is.Not.Null);
    }

    private static string? MessageOf(Action assertion)
    {
        using (new NUnit.Framework.Internal.TestExecutionContext.IsolatedContext())
        {
            try
            {
                assertion();
                return null;
            }
            catch (AssertionException exception)
            {
                return exception.Message;
            }
        }
    }
}
