using Granary.Core.Configuration;
using Granary.Core.Randomness;

namespace Granary.Cluster.Submission.Tests;

public sealed class AllowedTextTests
{
    // The rules written out once more, letter by letter.
    private const string Letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";

    [TestCase("tiny", true)]
    [TestCase("7-a_b.c", true)]
    [TestCase("", false)]
    [TestCase("-a", false, Description = "would be an option")]
    [TestCase(".hidden", false)]
    [TestCase("a b", false)]
    [TestCase("a\n", false, Description = "a pattern's end is not before a last line feed")]
    [TestCase("a/b", false)]
    [TestCase("\u0661", false, Description = "a digit of another script")]
    public void A_name_is_letters_digits_and_three_signs(string text, bool isName)
    {
        Assert.That(AllowedText.IsName(text), Is.EqualTo(isName));
    }

    [TestCase("16G", true)]
    [TestCase("gpu:a100,mem=4@x+/y", true)]
    [TestCase("-16G", false)]
    [TestCase("a;b", false)]
    [TestCase("a b", false)]
    [TestCase("a\n#SBATCH --uid=0", false)]
    public void A_value_means_nothing_to_a_shell(string text, bool isValue)
    {
        Assert.That(AllowedText.IsValue(text), Is.EqualTo(isValue));
    }

    [TestCase("/shared/runs/a-1_b.c", true)]
    [TestCase("runs", false, Description = "a path from nowhere")]
    [TestCase("/runs/%j", false, Description = "Slurm would put the job's id in")]
    [TestCase("/runs/a b", false)]
    public void A_path_is_absolute_and_plain(string text, bool isPath)
    {
        Assert.That(AllowedText.IsPath(text), Is.EqualTo(isPath));
    }

    [Test]
    public void A_hundred_thousand_random_texts_are_judged_as_by_the_rules_written_out()
    {
        var key = RandomKey.FromSeed(5);
        for (var i = 0; i < 100_000; i++)
        {
            var text = HostileText.Of(key, i);

            Assert.That(AllowedText.IsName(text), Is.EqualTo(IsMadeOf(text, ".-_", 64) && Letters.Contains(text[0], StringComparison.Ordinal)), text);
            Assert.That(AllowedText.IsValue(text), Is.EqualTo(IsMadeOf(text, "._:,=/@+-", 128) && text[0] != '-'), text);
        }
    }

    [Test]
    public void Variables_have_names_and_values_without_NUL()
    {
        var errors = new ConfigurationErrors();

        AllowedText.RequireVariables(new Dictionary<string, string> { ["GOOD_1"] = "any $(text) \n", ["1BAD"] = "x", ["A=B"] = "x", ["NUL"] = "\0" }, "environment", errors);

        Assert.That(errors.Errors, Has.Count.EqualTo(3));
    }

    private static bool IsMadeOf(string text, string signs, int longest)
    {
        return text.Length > 0 && text.Length <= longest && text.All(letter => Letters.Contains(letter, StringComparison.Ordinal) || signs.Contains(letter, StringComparison.Ordinal));
    }
}
