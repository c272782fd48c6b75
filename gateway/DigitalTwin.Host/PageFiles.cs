using Microsoft.AspNetCore.StaticFiles;

namespace DigitalTwin.Host;

/// <summary>Serves the built page, and says what a browser may load for it.</summary>
internal static class PageFiles
{
    // Vite names these by their content.
    private const string AssetsPath = "/assets/";
    private const string Forever = "public, max-age=31536000, immutable";

    public static void UsePage(this WebApplication app, HostOptions options)
    {
        var policy = ContentSecurityPolicy(options);
        app.Use((context, next) =>
        {
            var headers = context.Response.Headers;
            headers.ContentSecurityPolicy = policy;
            headers.XContentTypeOptions = "nosniff";
            headers["Referrer-Policy"] = "no-referrer";
            return next(context);
        });
        app.UseDefaultFiles();
        app.UseStaticFiles(new StaticFileOptions
        {
            ContentTypeProvider = ContentTypes(),
            OnPrepareResponse = static file =>
                file.Context.Response.Headers.CacheControl =
                    file.Context.Request.Path.StartsWithSegments(AssetsPath.TrimEnd('/'), StringComparison.Ordinal)
                        ? Forever
                        : "no-cache",
        });
    }

    // CesiumJS makes workers from blobs and compiles WebAssembly. Maps of others are let in only where configured.
    private static string ContentSecurityPolicy(HostOptions options)
    {
        var maps = string.Concat(MapSources(options).Distinct().Select(source => $" {source}"));
        return string.Join("; ",
            "default-src 'self'",
            "script-src 'self' 'wasm-unsafe-eval'",
            "worker-src 'self' blob:",
            $"connect-src 'self' blob: data:{maps}",
            $"img-src 'self' blob: data:{maps}",
            "style-src 'self' 'unsafe-inline'",
            "object-src 'none'",
            "base-uri 'none'",
            "frame-ancestors 'none'");
    }

    // Ion sends its clients on to hosts of others.
    private static IEnumerable<string> MapSources(HostOptions options)
    {
        if (options.IonToken is not null)
            yield return "https:";
        foreach (var url in (string?[])[options.TilesUrl, options.ImageryUrl])
        {
            if (url is null)
                continue;
            // {s} and the like stand for parts of the host.
            var host = url.Split('/') is [_, "", var authority, ..] ? authority : "";
            yield return host.Length > 0 && !host.Contains('{', StringComparison.Ordinal)
                ? string.Join('/', url.Split('/')[..3])
                : "https:";
        }
    }

    private static FileExtensionContentTypeProvider ContentTypes()
    {
        var types = new FileExtensionContentTypeProvider();
        types.Mappings[".glb"] = "model/gltf-binary";
        types.Mappings[".ktx2"] = "image/ktx2";
        return types;
    }
}
