using System.Text;

namespace Granary.Cluster.Host.Files.Tests;

public sealed class LogTextTests
{
    [TestCase("step 1\nstep 2\n", "step 1\nstep 2\n", Description = "plain lines")]
    [TestCase("a\tb", "a\tb", Description = "tabs")]
    [TestCase("Grüße 漢字 🌾", "Grüße 漢字 🌾", Description = "letters of all kinds")]
    [TestCase("\u001b[31mred\u001b[0m", "red", Description = "colours")]
    [TestCase("\u001b[2J\u001b[1;1Hgone", "gone", Description = "a cleared screen")]
    [TestCase("\u001b]0;title\u0007text", "text", Description = "a window's title")]
    [TestCase("\u001b]8;;http://x\u001b\\link\u001b]8;;\u001b\\", "link", Description = "a link")]
    [TestCase("\u001bPq#0\u001b\\x", "x", Description = "a picture")]
    [TestCase("\u009b31mred", "red", Description = "the one-character form")]
    [TestCase("\u001bcreset", "reset", Description = "a terminal's reset")]
    [TestCase("50%\r100%", "50%100%", Description = "a line written over itself")]
    [TestCase("a\0\a\b\u007f\u0085b", "ab", Description = "control characters")]
    [TestCase("\u202egnp.exe", "gnp.exe", Description = "text turned around")]
    [TestCase("\u001b", "", Description = "a sequence cut off")]
    public void Only_text_is_left(string printed, string shown)
    {
        Assert.That(LogText.Plain(Encoding.UTF8.GetBytes(printed)), Is.EqualTo(shown));
    }

    [Test]
    public void Bytes_that_are_no_text_do_no_harm()
    {
        Assert.That(LogText.Plain([0xff, 0xc0, 0xaf, (byte)'x']), Does.EndWith("x").And.Not.Contains("/"));
    }
}
