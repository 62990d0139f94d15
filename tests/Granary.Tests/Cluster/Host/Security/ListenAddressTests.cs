using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Granary.Core.Configuration;
using Granary.Testing;

namespace Granary.Cluster.Host.Security.Tests;

public sealed class ListenAddressTests
{
    private static readonly ServeOptions Options = new() { Folder = "folder" };

    private readonly ManualClock _clock = new();

    [TestCase("http://127.0.0.1:7420")]
    [TestCase("http://127.8.9.1:0")]
    [TestCase("http://[::1]:7420")]
    [TestCase("http://localhost:7420")]
    public void On_this_machine_no_certificate_is_needed(string url)
    {
        var address = ListenAddress.Of(Options with { Url = url }, _clock);

        Assert.That(address.Endpoints, Is.Not.Empty);
        Assert.That(address.Certificate, Is.Null);
    }

    [TestCase("http://0.0.0.0:7420", Description = "all addresses")]
    [TestCase("http://[::]:7420", Description = "all addresses, IPv6")]
    [TestCase("http://10.0.0.1:7420", Description = "another machine's network")]
    public void Beyond_this_machine_plain_http_is_refused_and_allowed_in_so_many_words(string url)
    {
        var refused = Assert.Throws<ConfigurationException>(() => ListenAddress.Of(Options with { Url = url }, _clock));
        var allowed = ListenAddress.Of(Options with { Url = url, AllowsPlainHttp = true }, _clock);

        Assert.That(refused.Message, Does.Contain($"'{url}'").And.Contain("--certificate").And.Contain("--insecure-i-know"));
        Assert.That(allowed.Endpoints, Has.Count.EqualTo(1));
    }

    [TestCase("ftp://127.0.0.1:1")]
    [TestCase("127.0.0.1:7420")]
    [TestCase("http://user:secret@127.0.0.1:7420")]
    [TestCase("http://127.0.0.1:7420/below")]
    [TestCase("https://127.0.0.1:7420", Description = "TLS without a certificate")]
    public void What_cannot_be_listened_on_is_refused(string url)
    {
        Assert.That(() => ListenAddress.Of(Options with { Url = url }, _clock), Throws.TypeOf<ConfigurationException>());
    }

    [Test]
    public void A_certificate_is_taken_with_its_key_until_it_ends()
    {
        using var folder = new TempFolder();
        var (certificate, key) = Write(folder, _clock.GetUtcNow().AddDays(10));
        var options = Options with { Url = "https://0.0.0.0:7420", Certificate = certificate, CertificateKey = key };

        var valid = ListenAddress.Of(options, _clock).Certificate!.HasPrivateKey;
        _clock.Advance(TimeSpan.FromDays(11));
        var ended = Assert.Throws<ConfigurationException>(() => ListenAddress.Of(options, _clock));

        Assert.That(valid, Is.True);
        Assert.That(ended.Message, Does.Contain("still valid"));
    }

    [Test]
    public void A_certificate_without_its_key_or_without_tls_is_refused()
    {
        using var folder = new TempFolder();
        var (certificate, key) = Write(folder, _clock.GetUtcNow().AddDays(10));

        Assert.That(() => ListenAddress.Of(Options with { Url = "https://0.0.0.0:1", Certificate = certificate }, _clock), Throws.TypeOf<ConfigurationException>());
        Assert.That(() => ListenAddress.Of(Options with { Certificate = certificate, CertificateKey = key }, _clock), Throws.TypeOf<ConfigurationException>());
        Assert.That(() => ListenAddress.Of(Options with { Url = "https://0.0.0.0:1", Certificate = key, CertificateKey = key }, _clock), Throws.TypeOf<ConfigurationException>().With.Message.Contains("PEM"));
    }

    /// <summary>A certificate for 127.0.0.1 and its key, as PEM files.</summary>
    internal static (string Certificate, string Key) Write(TempFolder folder, DateTimeOffset end)
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest("CN=granary", key, HashAlgorithmName.SHA256);
        var names = new SubjectAlternativeNameBuilder();
        names.AddIpAddress(System.Net.IPAddress.Loopback);
        request.CertificateExtensions.Add(names.Build());
        using var certificate = request.CreateSelfSigned(end.AddYears(-1), end);
        File.WriteAllText(folder["certificate.pem"], certificate.ExportCertificatePem());
        File.WriteAllText(folder["key.pem"], key.ExportPkcs8PrivateKeyPem());
        return (folder["certificate.pem"], folder["key.pem"]);
    }
}
