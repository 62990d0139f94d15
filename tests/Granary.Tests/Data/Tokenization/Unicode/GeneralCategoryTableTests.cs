using System.Globalization;

namespace Granary.Data.Tokenization.Unicode.Tests;

public sealed class GeneralCategoryTableTests
{
    [Test]
    public void The_pinned_table_is_what_the_generator_makes_from_Unicode_16()
    {
        if (Environment.Version.Major != 10)
        {
            Assert.Ignore($"The table is Unicode 16, which .NET 10 has; this is .NET {Environment.Version}.");
        }

        Assert.That(GeneralCategoryTable.Runs, Is.EqualTo(UnicodeTableGenerator.Runs()));
    }

    [TestCase(0x1E5D0, UnicodeCategory.OtherLetter, Description = "a letter since Unicode 16")]
    [TestCase(0x16EA0, UnicodeCategory.OtherNotAssigned, Description = "a letter only in Unicode 17")]
    [TestCase(0x0378, UnicodeCategory.OtherNotAssigned, Description = "never assigned")]
    [TestCase(0x10FFFF, UnicodeCategory.OtherNotAssigned, Description = "the last code point")]
    [TestCase('a', UnicodeCategory.LowercaseLetter, Description = "ASCII")]
    public void Categories_are_those_of_Unicode_16(int codePoint, UnicodeCategory expected)
    {
        Assert.That(CodePoints.ReadCategories()[codePoint], Is.EqualTo(expected));
    }
}
