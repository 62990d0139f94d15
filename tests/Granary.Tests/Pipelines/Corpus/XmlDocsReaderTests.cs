using Granary.Core;
using Granary.Testing;

namespace Granary.Pipelines.Corpus.Tests;

public sealed class XmlDocsReaderTests
{
    [Test]
    public void A_type_is_a_document_with_its_members_below_it()
    {
        var texts = Read(
            """
            <member name="T:Demo.Box`1">
              <summary>Holds a value of
                 type <typeparamref name="TItem" />.</summary>
              <typeparam name="TItem">What is held.</typeparam>
              <remarks>
                <para>See <see cref="M:Demo.Box`1.Open(System.Int32,`0@)" />, <see langword="null" /> and <see href="https://example.org">the site</see>.</para>
                <para>Second.</para>
              </remarks>
            </member>
            <member name="T:Demo.Other"><summary>Another.</summary></member>
            <member name="M:Demo.Box`1.#ctor(`0)"><summary>Makes a <see cref="T:Demo.Box`1" />.</summary><param name="item">The value.</param></member>
            <member name="M:Demo.Box`1.Open``1(System.Int32,System.Collections.Generic.Dictionary{System.String,``0[]},System.Nullable{System.Byte}@)">
              <summary>Opens it.</summary>
              <typeparam name="TKey">A key.</typeparam>
              <param name="times">How often.</param>
              <param name="keys">The keys.</param>
              <returns><see langword="true" /> if open; otherwise, <c>false</c>.</returns>
              <exception cref="T:System.ArgumentException"><paramref name="times" /> is negative.</exception>
            </member>
            <member name="P:Demo.Box`1.Count"><summary>How many.</summary><value>A number.</value></member>
            <member name="E:Demo.Box`1.Emptied" />
            """);

        Assert.That(texts, Is.EqualTo(new[]
        {
            """
            # Demo.Box<TItem>

            Holds a value of type TItem.

            - TItem: What is held.

            See Box<T>.Open, null and the site.

            Second.

            ## Box(TItem item)

            Makes a Box<TItem>.

            - item: The value.

            ## Open<TKey>(int times, Dictionary<string, TKey[]> keys, byte?)

            Opens it.

            - TKey: A key.
            - times: How often.
            - keys: The keys.
            Returns: true if open; otherwise, `false`.
            Throws ArgumentException: times is negative.

            ## Count

            How many.

            Value: A number.

            """,
            """
            # Demo.Other

            Another.

            """,
        }));
    }

    [Test]
    public void Lists_code_and_paragraphs_keep_their_shape()
    {
        var texts = Read(
            """
            <member name="T:Demo.A"><summary>First:
              <list type="bullet"><listheader><term>Word</term></listheader><item><term>one</term><description>the first</description></item><item><description>two</description></item></list>
              Then: <list type="number"><item>a</item><item>b</item></list>
              <code>
              if (x &lt; y)
              {
              }
              </code>
              and <code>z()</code>.<br/>End<![CDATA[ <here>]]></summary></member>
            """);

        Assert.That(texts.Single(), Is.EqualTo(
            """
            # Demo.A

            First:
            Word
            - one: the first
            - two

            Then:
            1. a
            2. b

            ```
              if (x < y)
              {
              }
            ```

            and `z()`.
            End <here>

            """));
    }

    [TestCase("T:System.Int32", "int", Description = "a keyword")]
    [TestCase("T:System.Collections.Generic.List`1", "List<T>", Description = "one parameter")]
    [TestCase("T:A.Dictionary`2.KeyCollection", "Dictionary<T1, T2>.KeyCollection", Description = "a nested type of a generic one")]
    [TestCase("M:A.B.C(System.Int32)", "B.C", Description = "a method")]
    [TestCase("M:A.B.#ctor", "B", Description = "a constructor")]
    [TestCase("M:A.B.System#IDisposable#Dispose", "B.Dispose", Description = "an interface's member")]
    [TestCase("M:A.B`1.C``2(``0)", "B<T>.C", Description = "a generic method of a generic type")]
    [TestCase("P:System.String.Length", "string.Length", Description = "a member of a keyword")]
    [TestCase("N:System.Text", "System.Text", Description = "a namespace")]
    [TestCase("!:Nonsense", "Nonsense", Description = "a name the compiler did not find")]
    [TestCase("Plain", "Plain", Description = "no prefix")]
    public void References_are_short(string cref, string expected)
    {
        Assert.That(DocId.Short(cref, []), Is.EqualTo(expected));
    }

    [TestCase("M:A.B.C", "C()", Description = "no parameters")]
    [TestCase("M:A.B.C(System.Int32[],System.Byte*,System.Int32[0:,0:])", "C(int[], byte*, int[,])", Description = "arrays and pointers")]
    [TestCase("M:A.B.C(System.Func{System.Nullable{System.Int32},A.D{System.String}})", "C(Func<int?, D<string>>)", Description = "types within types")]
    [TestCase("M:A.B.op_Implicit(A.B)~System.Int32", "op_Implicit(B)", Description = "a conversion")]
    [TestCase("P:A.B.Item(System.Int32)", "Item(int)", Description = "an indexer")]
    [TestCase("M:A.B.C(", "C()", Description = "cut off")]
    [TestCase("M:A.B.C({{{{,}]@,System.Int32", "C(<<<<, >", Description = "nonsense")]
    public void Signatures_are_readable(string id, string expected)
    {
        Assert.That(DocId.Signature(id, [], [], []), Does.StartWith(expected));
    }

    [Test]
    public void Types_without_prose_are_empty()
    {
        using var folder = new TempFolder();
        File.WriteAllText(folder["a.xml"], Wrap("<member name=\"T:A.B\"><inheritdoc/></member><member name=\"T:A.C\"><summary>Text.</summary></member>"));

        var (texts, report) = CorpusSample.Read(Source(folder["a.xml"]));

        Assert.That(texts, Is.EqualTo(new[] { "# A.C\n\nText.\n" }));
        Assert.That(report.Dropped[DropReason.Empty].Count, Is.EqualTo(1));
    }

    [TestCase("<doc><members><member name=\"T:A.B\"><summary>x</summary>", "a.xml, line 1: The file is not well-formed XML", Description = "cut off")]
    [TestCase("<!DOCTYPE doc [<!ENTITY a \"aaaa\">]><doc><members><member name=\"T:A.B\"><summary>&a;</summary></member></members></doc>", "a.xml: The file declares a document type", Description = "a document type")]
    [TestCase("not xml", "a.xml, line 1: The file is not well-formed XML", Description = "no XML")]
    public void Files_that_are_not_plain_XML_are_counted_and_named(string content, string expected)
    {
        using var folder = new TempFolder();
        File.WriteAllText(folder["a.xml"], content);
        File.WriteAllText(folder["b.xml"], Wrap("<member name=\"T:A.C\"><summary>Text.</summary></member>"));

        var (texts, report) = CorpusSample.Read(Source(folder["*.xml"]));

        Assert.That(texts, Has.Length.EqualTo(1));
        Assert.That(report.Dropped[DropReason.UnreadableFile].Examples.Single(), Does.Contain(expected));
    }

    [Test]
    public void Deep_nesting_is_refused()
    {
        var deep = string.Concat(Enumerable.Repeat("<b>", 100_000));

        var error = Assert.Throws<CorpusException>(() => CorpusSample.Read(Source() with { OnError = CorpusErrorAction.Fail }, "a.xml", Wrap($"<member name=\"T:A.B\"><summary>{deep}")));

        Assert.That(error.Message, Does.Contain("nested deeper than 64"));
    }

    [Test, Category("Slow")]
    public void The_SDKs_own_documentation_is_read_without_a_loss()
    {
        if (DotnetRoot.Find() is null)
        {
            Assert.Ignore("No .NET SDK with reference packs was found.");
        }

        var source = Source("${dotnet}/packs/*/*/ref/**/*.xml") with { OnError = CorpusErrorAction.Fail };
        var tally = new CorpusTally();

        var documents = CorpusSample.ReaderOf(source).Read(tally).ToArray();

        Assert.That(documents, Has.Length.GreaterThan(5_000));
        Assert.That(documents.Select(one => CorpusSample.TextOf(one)[..2]), Is.All.EqualTo("# "));
        Assert.That(tally.Report.Sources[0].Dropped.Keys, Is.SubsetOf(new[] { DropReason.Duplicate, DropReason.Empty }));
    }

    private static string[] Read(string members)
    {
        return CorpusSample.Read(Source(), "a.xml", Wrap(members)).Texts;
    }

    private static string Wrap(string members)
    {
        return $"<?xml version=\"1.0\"?><doc><assembly><name>Demo</name></assembly><members>{members}</members></doc>";
    }

    private static XmlDocsSourceConfig Source(params string[] paths)
    {
        return new XmlDocsSourceConfig { Name = "docs", Paths = paths, ErrorBudget = 1 };
    }
}
