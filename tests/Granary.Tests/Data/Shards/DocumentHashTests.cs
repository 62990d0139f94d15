namespace Granary.Data.Shards.Tests;

public sealed class DocumentHashTests
{
    [Test]
    public void Hash_is_the_front_of_the_texts_SHA_256()
    {
        // FIPS 180-2, appendix B.1: SHA-256("abc") = ba7816bf 8f01cfea 414140de 5dae2223 ...
        var hash = DocumentHash.Of("abc");

        Assert.That(hash.ToString(), Is.EqualTo("ba7816bf8f01cfea414140de5dae2223"));
    }

    [Test]
    public void Stored_hash_reads_back()
    {
        var bytes = new byte[DocumentHash.Length];
        DocumentHash.Of("Zürich").Write(bytes);

        Assert.Multiple(() =>
        {
            Assert.That(DocumentHash.Read(bytes), Is.EqualTo(DocumentHash.Of("Zürich"u8)));
            Assert.That(Convert.ToHexStringLower(bytes), Is.EqualTo(DocumentHash.Of("Zürich").ToString()));
        });
    }
}
