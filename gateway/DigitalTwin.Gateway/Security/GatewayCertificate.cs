using System.Net;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text;

namespace DigitalTwin.Gateway.Security;

/// <summary>The gateway's TLS certificate: the one in the data folder, or one it makes for itself on the first start.</summary>
public static class GatewayCertificate
{
    public const string CertificateFile = "gateway-tls.pem";
    public const string KeyFile = "gateway-tls.key";

    private const int YearsValid = 2; // clients built on Apple's libraries refuse more than 825 days

    /// <exception cref="InvalidOperationException">Only one of the two files is there, or they do not fit together.</exception>
    public static X509Certificate2 LoadOrCreate(string dataFolder, TimeProvider time)
    {
        ArgumentNullException.ThrowIfNull(time);
        var certificatePath = Path.Combine(dataFolder, CertificateFile);
        var keyPath = Path.Combine(dataFolder, KeyFile);
        if (File.Exists(certificatePath) != File.Exists(keyPath))
        {
            throw new InvalidOperationException(
                $"of {CertificateFile} and {KeyFile} only one is in {dataFolder}: put both there, or neither");
        }

        if (!File.Exists(certificatePath))
            Create(certificatePath, keyPath, time.GetUtcNow());
        try
        {
            return X509Certificate2.CreateFromPemFile(certificatePath, keyPath);
        }
        catch (CryptographicException problem)
        {
            throw new InvalidOperationException(
                $"{certificatePath} and {KeyFile} are not a certificate and its key", problem);
        }
    }

    private static void Create(string certificatePath, string keyPath, DateTimeOffset now)
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest("CN=localhost", key, HashAlgorithmName.SHA256);
        var names = new SubjectAlternativeNameBuilder();
        names.AddDnsName("localhost");
        names.AddIpAddress(IPAddress.Loopback);
        names.AddIpAddress(IPAddress.IPv6Loopback);
        request.CertificateExtensions.Add(names.Build());
        request.CertificateExtensions.Add(new X509BasicConstraintsExtension(
            certificateAuthority: false, hasPathLengthConstraint: false, pathLengthConstraint: 0, critical: true));
        request.CertificateExtensions.Add(new X509KeyUsageExtension(X509KeyUsageFlags.DigitalSignature, critical: true));
        request.CertificateExtensions.Add(new X509EnhancedKeyUsageExtension(
            [new Oid("1.3.6.1.5.5.7.3.1", "TLS server")], critical: false));
        using var certificate = request.CreateSelfSigned(now.AddDays(-1), now.AddYears(YearsValid));
        // The key first: a crash in between leaves a key alone, which the next start names.
        PrivateFile.Replace(keyPath, stream => stream.Write(Encoding.ASCII.GetBytes(key.ExportPkcs8PrivateKeyPem())));
        PrivateFile.Replace(
            certificatePath, stream => stream.Write(Encoding.ASCII.GetBytes(certificate.ExportCertificatePem())));
    }
}
