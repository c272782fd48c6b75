using OpenTelemetry;
using OpenTelemetry.Metrics;
using OpenTelemetry.Resources;
using OpenTelemetry.Trace;

namespace DigitalTwin.Silo.Orleans.Hosting;

/// <summary>
/// Sends Orleans' own metrics and traces by OTLP to where <c>OTEL_EXPORTER_OTLP_ENDPOINT</c> says; without it nothing is
/// gathered.
/// </summary>
internal sealed class SiloTelemetry : IDisposable
{
    private readonly MeterProvider? _metrics;
    private readonly TracerProvider? _traces;

    public SiloTelemetry(SiloSettings settings)
    {
        if (string.IsNullOrEmpty(Environment.GetEnvironmentVariable("OTEL_EXPORTER_OTLP_ENDPOINT")))
            return;
        var resource = ResourceBuilder.CreateDefault().AddService(
            "digital-twin-silo", serviceInstanceId: settings.SiloName);
        _metrics = Sdk.CreateMeterProviderBuilder().SetResourceBuilder(resource)
            .AddMeter("Microsoft.Orleans").AddOtlpExporter().Build();
        _traces = Sdk.CreateTracerProviderBuilder().SetResourceBuilder(resource)
            .AddSource("Microsoft.Orleans.Runtime").AddSource("Microsoft.Orleans.Application").AddOtlpExporter().Build();
    }

    public void Dispose()
    {
        _metrics?.Dispose();
        _traces?.Dispose();
    }
}
