using System.Security.Authentication;
using DigitalTwin.Gateway.Ingest;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.DependencyInjection;

namespace DigitalTwin.Gateway.Protection;

/// <summary>Puts the protections of the edge around Kestrel's listeners; the Host and the tests use the same.</summary>
public static class GuardedListeners
{
    /// <summary>TLS 1.2 and 1.3 alone, and how slow a handshake, a request and an answer may be.</summary>
    public static void Protect(this KestrelServerOptions kestrel, GatewayLimits limits)
    {
        ArgumentNullException.ThrowIfNull(kestrel);
        ArgumentNullException.ThrowIfNull(limits);
        var protection = limits.Protection;
        kestrel.AddServerHeader = false;
        kestrel.Limits.MaxRequestBodySize = limits.MessageBytesMax;
        kestrel.Limits.RequestHeadersTimeout = protection.HeadersWithin;
        kestrel.Limits.KeepAliveTimeout = protection.HttpIdleMax;
        var slowest = new MinDataRate(protection.HttpBytesPerSecondMin, protection.HttpGrace);
        kestrel.Limits.MinRequestBodyDataRate = slowest;
        kestrel.Limits.MinResponseDataRate = slowest;
        kestrel.ConfigureHttpsDefaults(https =>
        {
            https.SslProtocols = SslProtocols.Tls12 | SslProtocols.Tls13;
            https.HandshakeTimeout = protection.HandshakeWithin;
        });
    }

    /// <summary>Counts connections by address; comes before TLS, whose handshake costs most.</summary>
    public static void Guard(this ListenOptions listen)
    {
        ArgumentNullException.ThrowIfNull(listen);
        var gate = listen.ApplicationServices.GetRequiredService<ConnectionGate>();
        listen.Use(next => async connection =>
        {
            if (!gate.TryEnter(connection.RemoteEndPoint, out var lease))
            {
                connection.Abort(new ConnectionAbortedException("Too many connections of the address."));
                return;
            }

            if (lease is null)
            {
                await next(connection);
                return;
            }

            connection.Features.Set(lease);
            try
            {
                await next(connection);
            }
            finally
            {
                gate.Leave(lease);
            }
        });
    }

    /// <summary>Comes behind TLS, or alone, where connections say who they are afterwards: MQTT.</summary>
    public static void GuardSecured(this ListenOptions listen)
    {
        ArgumentNullException.ThrowIfNull(listen);
        listen.Use(next => connection =>
        {
            if (connection.Features.Get<GateLease>() is { } lease)
                lease.IsSecured = true;
            return next(connection);
        });
    }

    /// <summary>Comes behind TLS, or alone, where each request says who it is: HTTP.</summary>
    public static void GuardRequests(this ListenOptions listen)
    {
        ArgumentNullException.ThrowIfNull(listen);
        var gate = listen.ApplicationServices.GetRequiredService<ConnectionGate>();
        listen.Use(next => connection =>
        {
            if (connection.Features.Get<GateLease>() is { } lease)
            {
                lease.IsSecured = true;
                gate.Admit(lease);
            }

            return next(connection);
        });
    }

    /// <summary>Answers 429 on a connection that its address should not have opened.</summary>
    public static void UseConnectionGate(this IApplicationBuilder app)
    {
        ArgumentNullException.ThrowIfNull(app);
        var gate = app.ApplicationServices.GetRequiredService<ConnectionGate>();
        app.Use((context, next) =>
        {
            if (context.Features.Get<GateLease>() is not { Refusal: not GateRefusal.None } lease)
                return next(context);
            var detail = gate.TextOf(lease.Refusal);
            gate.Note(lease.Remote, IngestTransport.Https, RejectReason.TooManyConnections, detail);
            context.Response.Headers.Connection = "close";
            return IotHub.HubAnswers.Throttled(detail).ExecuteAsync(context);
        });
    }
}
