using DigitalTwin.Silo.Telemetry;
using OpenTelemetry;
using OpenTelemetry.Metrics;
using OpenTelemetry.Resources;
using OpenTelemetry.Trace;

namespace DigitalTwin.Silo.Orleans.Hosting;

/// <summary>
/// What a silo says of itself: Orleans' metrics and traces by OTLP to where <c>OTEL_EXPORTER_OTLP_ENDPOINT</c> says, and
/// its metrics, those of PostgreSQL's connections and of the runtime for a collector that reads them here.
/// </summary>
internal sealed class SiloTelemetry : IDisposable
{
    private const string OrleansMeter = "Microsoft.Orleans";

    private readonly MeterProvider? _metrics;
    private readonly TracerProvider? _traces;

    public SiloTelemetry(SiloSettings settings)
    {
        if (string.IsNullOrEmpty(Environment.GetEnvironmentVariable("OTEL_EXPORTER_OTLP_ENDPOINT")))
            return;
        var resource = ResourceBuilder.CreateDefault().AddService(
            "digital-twin-silo", serviceInstanceId: settings.SiloName);
        _metrics = Sdk.CreateMeterProviderBuilder().SetResourceBuilder(resource)
            .AddMeter(OrleansMeter).AddOtlpExporter().Build();
        _traces = Sdk.CreateTracerProviderBuilder().SetResourceBuilder(resource)
            .AddSource("Microsoft.Orleans.Runtime").AddSource("Microsoft.Orleans.Application").AddOtlpExporter().Build();
    }

    public static MeterText MetricsText() => new([OrleansMeter, "Npgsql", "System.Runtime"]);

    public void Dispose()
    {
        _metrics?.Dispose();
        _traces?.Dispose();
    }
}
