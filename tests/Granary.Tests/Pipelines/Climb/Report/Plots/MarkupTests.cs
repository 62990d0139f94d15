using static Granary.Pipelines.Climb.Report.Plots.Markup;

namespace Granary.Pipelines.Climb.Report.Plots.Tests;

public sealed class MarkupTests
{
    [TestCase("a < b & c", "<p>a &lt; b &amp; c</p>")]
    [TestCase("\u0000\u001b[1m", "<p>\ufffd\ufffd[1m</p>", Description = "what no document may hold")]
    public void Text_stays_text(string text, string written)
    {
        Assert.That(Write(Tag("p", text)), Is.EqualTo(written));
    }

    [Test]
    public void Half_of_a_pair_is_shown_as_what_it_is()
    {
        Assert.That(Write(Tag("p", "\ud83d\ude00 " + '\ud83d')), Is.EqualTo("<p>\ud83d\ude00 \ufffd</p>"));
    }

    [Test]
    public void Attributes_are_quoted_and_numbers_short()
    {
        Assert.That(Write(Tag("i", At("title", "\"<&"), At("x", 1.0 / 3), At("y", 4))), Is.EqualTo("<i title=\"&quot;&lt;&amp;\" x=\"0.33\" y=\"4\"></i>"));
    }

    [Test]
    public void Nothing_is_left_out_and_sequences_are_their_items()
    {
        Assert.That(Write(Tag("p", null, new[] { Tag("b", "x"), Tag("br") }, "y")), Is.EqualTo("<p><b>x</b><br />y</p>"));
    }
}
