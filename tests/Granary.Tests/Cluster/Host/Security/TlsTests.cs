using System.Net.Security;
using System.Runtime.Versioning;
using System.Security.Authentication;
using Granary.Cluster.Host.Tests;
using Granary.Testing;

namespace Granary.Cluster.Host.Security.Tests;

[UnsupportedOSPlatform("windows")]
public sealed class TlsTests
{
    [Test]
    public async Task Over_tls_cookies_are_for_tls_alone()
    {
        using var folder = new TempFolder();
        var (certificate, key) = ListenAddressTests.Write(folder, new ManualClock().GetUtcNow().AddYears(1));
        await using var host = await RunningHost.StartAsync(options: options => options with { Url = "https://127.0.0.1:0", Certificate = certificate, CertificateKey = key });
        using var client = new HttpClient(new SocketsHttpHandler { SslOptions = new SslClientAuthenticationOptions { RemoteCertificateValidationCallback = (_, shown, _, _) => shown!.Subject == "CN=granary" } }) { BaseAddress = host.Address };

        var login = await client.GetAsync("/login");

        var cookie = login.Headers.GetValues("Set-Cookie").Single();
        Assert.That(cookie, Does.StartWith("__Host-granary-form=").And.Contain("secure").And.Contain("httponly"));
    }

    [Test]
    public async Task Old_versions_of_tls_are_refused()
    {
        using var folder = new TempFolder();
        var (certificate, key) = ListenAddressTests.Write(folder, new ManualClock().GetUtcNow().AddYears(1));
        await using var host = await RunningHost.StartAsync(options: options => options with { Url = "https://127.0.0.1:0", Certificate = certificate, CertificateKey = key });
        using var socket = new System.Net.Sockets.TcpClient();
        await socket.ConnectAsync(host.Address.Host, host.Address.Port);
        await using var tls = new SslStream(socket.GetStream(), leaveInnerStreamOpen: false, (_, _, _, _) => true);

#pragma warning disable CA5397, SYSLIB0039 // that they are refused is what is tested
        var old = SslProtocols.Tls11;
#pragma warning restore CA5397, SYSLIB0039

        Assert.That(() => tls.AuthenticateAsClientAsync(new SslClientAuthenticationOptions { TargetHost = "127.0.0.1", EnabledSslProtocols = old }), Throws.InstanceOf<Exception>());
    }
}
