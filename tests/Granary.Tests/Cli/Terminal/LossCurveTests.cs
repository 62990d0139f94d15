namespace Granary.Cli.Terminal.Tests;

public sealed class LossCurveTests
{
    [Test]
    public void A_falling_loss_goes_from_the_upper_left_to_the_lower_right()
    {
        var lines = LossCurve.Draw([4, 3, 2, 1], width: 2, height: 2);

        // Four values on four columns of dots: rows 0, 2, 5 and 7 of 8.
        Assert.That(lines, Is.EqualTo(new[] { "   4.000 \u2821\u2800", "   1.000 \u2800\u2882" }));
    }

    [Test]
    public void A_constant_loss_is_a_line_in_the_middle()
    {
        var lines = LossCurve.Draw([2, 2, 2, 2], width: 2, height: 2);

        Assert.That(lines.Select(line => line[^2..]), Has.One.EqualTo("\u2800\u2800"), "all dots are in one row");
        Assert.That(lines, Has.All.StartsWith("   2.000 "));
    }

    [Test]
    public void One_value_is_one_dot()
    {
        var lines = LossCurve.Draw([2], width: 3, height: 2);

        Assert.That(string.Concat(lines).Count(letter => letter is > '\u2800' and <= '\u28ff'), Is.EqualTo(1));
    }

    [Test]
    public void Values_that_are_not_finite_are_left_out()
    {
        var lines = LossCurve.Draw([double.NaN, 3, double.PositiveInfinity, 1], width: 2, height: 2);

        Assert.That(lines[0], Does.StartWith("   3.000 "));
        Assert.That(lines[^1], Does.StartWith("   1.000 "));
        Assert.That(LossCurve.Draw([double.NaN, double.NegativeInfinity], width: 2, height: 2), Is.Empty);
        Assert.That(LossCurve.Draw([], width: 2, height: 2), Is.Empty);
    }

    [Test]
    public void A_NaN_among_many_values_does_not_take_its_neighbours_with_it()
    {
        var values = Enumerable.Range(0, 1000).Select(index => index % 10 == 0 ? double.NaN : 5.0 - (index / 500.0)).ToList();

        var lines = LossCurve.Draw(values, width: 20, height: 4);

        Assert.That(lines, Has.Count.EqualTo(4).And.All.Length.EqualTo(29));
        Assert.That(Enumerable.Range(9, 20).All(column => lines.Any(line => line[column] != '\u2800')), "no column is empty");
    }
}
