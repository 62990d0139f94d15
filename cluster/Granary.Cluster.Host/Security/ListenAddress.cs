using System.Net;
using System.Net.Sockets;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Granary.Core.Configuration;

namespace Granary.Cluster.Host.Security;

/// <summary>Where the coordinator listens, and with which certificate.</summary>
/// <param name="Endpoints">The addresses with their port.</param>
/// <param name="Certificate">The certificate with its key; null without TLS.</param>
internal sealed record ListenAddress(IReadOnlyList<IPEndPoint> Endpoints, X509Certificate2? Certificate)
{
    /// <summary>Reads where to listen; beyond loopback only over TLS, unless it is allowed in so many words.</summary>
    /// <exception cref="ConfigurationException">It cannot listen there, or should not.</exception>
    internal static ListenAddress Of(ServeOptions options, TimeProvider time)
    {
        var errors = new ConfigurationErrors();
        var isUrl = Uri.TryCreate(options.Url, UriKind.Absolute, out var url) && url.Scheme is "http" or "https" && url.AbsolutePath == "/" && url.UserInfo.Length == 0 && url.Query.Length == 0;
        errors.Require(isUrl, "url", options.Url, "an address such as 'http://127.0.0.1:7420' or 'https://0.0.0.0:7420'");
        errors.ThrowIfAny("serve");
        var addresses = AddressesOf(url!.Host.Trim('[', ']'), errors);
        var isTls = url.Scheme == "https";
        errors.Require(isTls == options.Certificate is not null && options.Certificate is null == options.CertificateKey is null, "url", options.Url, "https with --certificate and --certificate-key, or http without either");
        if (!isTls && !options.AllowsPlainHttp && !addresses.All(IPAddress.IsLoopback))
        {
            errors.Add($"'url' is '{options.Url}', where other machines reach it without TLS, so that tokens could be read on the way. Give https with --certificate and --certificate-key, listen on 127.0.0.1 behind a tunnel, or say --insecure-i-know on a network where nobody listens.");
        }

        errors.ThrowIfAny("serve");
        return new ListenAddress([.. addresses.Select(address => new IPEndPoint(address, url.Port))], isTls ? Load(options, time) : null);
    }

    private static IPAddress[] AddressesOf(string host, ConfigurationErrors errors)
    {
        if (IPAddress.TryParse(host, out var address))
        {
            return [address];
        }

        try
        {
            return Dns.GetHostAddresses(host);
        }
        catch (SocketException exception)
        {
            errors.Add($"The host '{host}' of 'url' has no address: {exception.Message}. Give an address of this machine, or 0.0.0.0 for all of them.");
            return [];
        }
    }

    private static X509Certificate2 Load(ServeOptions options, TimeProvider time)
    {
        var errors = new ConfigurationErrors();
        try
        {
            var certificate = X509Certificate2.CreateFromPemFile(options.Certificate!, options.CertificateKey);
            errors.Require(time.GetUtcNow() < certificate.NotAfter, "certificate", options.Certificate, $"one that is still valid; this one ended at {certificate.NotAfter:u}");
            errors.ThrowIfAny("serve");
            return certificate;
        }
        catch (Exception exception) when (exception is CryptographicException or IOException or UnauthorizedAccessException)
        {
            errors.Add($"The certificate '{options.Certificate}' with the key '{options.CertificateKey}' cannot be read: {exception.Message} Both must be PEM files that belong together.");
            errors.ThrowIfAny("serve");
            throw;
        }
    }
}
