using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Microsoft.AspNetCore.Server.Kestrel.Https;

namespace DigitalTwin.Gateway.Security;

/// <summary>
/// The authorities whose certificates devices may connect with: <c>device-ca.pem</c> of the data folder, any number
/// of certificates in PEM, read at the start.
/// </summary>
public sealed class DeviceAuthorities
{
    internal const string FileName = "device-ca.pem";

    private readonly X509Certificate2Collection _authorities = [];

    /// <exception cref="DeviceFileException">The file cannot be used.</exception>
    public DeviceAuthorities(string dataFolder)
    {
        var path = Path.Combine(dataFolder, FileName);
        if (!File.Exists(path))
            return;
        try
        {
            _authorities.ImportFromPemFile(path);
        }
        catch (CryptographicException)
        {
            throw new DeviceFileException(path, 0, "it does not hold certificates in PEM");
        }
    }

    /// <summary>
    /// A listener asks clients for a certificate and takes any: whose it is, is judged at CONNECT with the device's id.
    /// </summary>
    public static void AskForCertificate(HttpsConnectionAdapterOptions https)
    {
        ArgumentNullException.ThrowIfNull(https);
        https.ClientCertificateMode = ClientCertificateMode.AllowCertificate;
        https.ClientCertificateValidation = (_, _, _) => true;
    }

    /// <summary>Whether one of them signed the certificate, which is named after the device as IoT Hub asks.</summary>
    internal bool HasSigned(X509Certificate2 certificate, string deviceId, DateTimeOffset now)
    {
        if (_authorities.Count == 0 || certificate.GetNameInfo(X509NameType.SimpleName, forIssuer: false) != deviceId)
            return false;
        using var chain = new X509Chain();
        chain.ChainPolicy.TrustMode = X509ChainTrustMode.CustomRootTrust;
        chain.ChainPolicy.CustomTrustStore.AddRange(_authorities);
        // A device's certificate is taken back by disabling the device; lists are not asked for.
        chain.ChainPolicy.RevocationMode = X509RevocationMode.NoCheck;
        chain.ChainPolicy.DisableCertificateDownloads = true;
        chain.ChainPolicy.VerificationTime = now.UtcDateTime;
        return chain.Build(certificate);
    }
}
