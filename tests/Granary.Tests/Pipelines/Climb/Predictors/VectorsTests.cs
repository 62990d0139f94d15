namespace Granary.Pipelines.Climb.Predictors.Tests;

public sealed class VectorsTests
{
    [TestCase(0)]
    [TestCase(3)]
    [TestCase(4)]
    [TestCase(11)]
    [TestCase(16)]
    [TestCase(37)]
    public void A_dot_product_is_the_sum_of_the_products(int length)
    {
        var left = Enumerable.Range(0, length).Select(i => i + 0.5).ToArray();
        var right = Enumerable.Range(0, length).Select(i => 3.0 - i).ToArray();

        var dot = Vectors.Dot(left, right);

        Assert.That(dot, Is.EqualTo(left.Zip(right, (a, b) => a * b).Sum()).Within(1e-9));
    }

    [Test]
    public void A_scaled_vector_is_added()
    {
        var target = new[] { 1.0, 2, 3 };

        Vectors.AddScaled(target, 2, [10, 20, 30]);

        Assert.That(target, Is.EqualTo(new[] { 21.0, 42, 63 }));
    }
}
