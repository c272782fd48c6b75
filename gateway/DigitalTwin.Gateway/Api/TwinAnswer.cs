using System.Text.Json;
using DigitalTwin.Model.Schema;
using DigitalTwin.Model.Telemetry;
using DigitalTwin.Model.Twins;

namespace DigitalTwin.Gateway.Api;

/// <summary>A page of twins by ascending handle, one document of <see cref="TwinJson"/> each.</summary>
/// <param name="Twins">At most as many as were asked for.</param>
/// <param name="Next">What to give as <c>after</c> for the next page; null on the last one.</param>
public sealed record TwinPageAnswer(IReadOnlyList<TwinAnswer> Twins, string? Next);

/// <summary>A twin as <see cref="TwinJson"/> writes it; for the OpenAPI document and for clients.</summary>
/// <param name="Id">Its id.</param>
/// <param name="Handle">Its number in this epoch.</param>
/// <param name="Model">DTDL model id.</param>
/// <param name="Kind">Its kind.</param>
/// <param name="Parent">The twin that contains it.</param>
/// <param name="District">The district it stands in.</param>
/// <param name="ServedBy">The feeder that supplies it.</param>
/// <param name="Device">The device that speaks for it.</param>
/// <param name="Position">Longitude and latitude in degrees.</param>
/// <param name="Attributes">What the import says of it, by DTDL name.</param>
/// <param name="State">Its state as a whole.</param>
/// <param name="Values">Its latest values by name; those never reported are absent.</param>
/// <param name="ChildCount">How many twins name it as their parent.</param>
public sealed record TwinAnswer(
    string Id, int Handle, string Model, TwinKind Kind, string? Parent, string? District, string? ServedBy,
    string Device, IReadOnlyList<double> Position, IReadOnlyDictionary<string, JsonElement> Attributes,
    TwinStateAnswer State, IReadOnlyDictionary<string, TwinValueAnswer> Values, int ChildCount);

/// <summary>What every twin has beside its values.</summary>
/// <param name="Condition">The kind's own judgement; 0 is unknown.</param>
/// <param name="Freshness">How current it is.</param>
/// <param name="Quality">The worst among its summary values.</param>
/// <param name="MeasuredAt">Event time of its newest value; null for never.</param>
/// <param name="HeardAt">When its device was last heard; null for never.</param>
/// <param name="Revision">Grows by one with every change.</param>
/// <param name="ActiveAlarms">Alarm conditions that are on, whatever operators made of them.</param>
/// <param name="Screened">The value that was refused last; absent where none was.</param>
public sealed record TwinStateAnswer(
    int Condition, Freshness Freshness, Quality Quality, DateTimeOffset? MeasuredAt, DateTimeOffset? HeardAt,
    uint Revision, int ActiveAlarms, ScreenedAnswer? Screened = null);

/// <summary>The value that was refused last; the latest good one stayed.</summary>
/// <param name="Property">Whose value.</param>
/// <param name="Value">What it said.</param>
/// <param name="Reason">Why it was not credible.</param>
/// <param name="InARow">How many were refused since the last good one.</param>
public sealed record ScreenedAnswer(string Property, double? Value, QualityReason Reason, int InARow);

/// <summary>A latest value.</summary>
/// <param name="Value">A number, a boolean or the name of an enum's member.</param>
/// <param name="Quality">How far it can be trusted.</param>
/// <param name="MeasuredAt">When it was measured.</param>
/// <param name="ReceivedAt">When it arrived.</param>
/// <param name="Reason">Why it is not simply good, or what was done to it; absent where there is nothing to say.</param>
public sealed record TwinValueAnswer(
    JsonElement Value, Quality Quality, DateTimeOffset MeasuredAt, DateTimeOffset ReceivedAt, QualityReason? Reason = null);
