namespace DigitalTwin.Gateway.Tests.LoRaWan;

/// <summary>
/// Events as the two servers document them (chirpstack.io "Event types"; thethingsindustries.com "Data Formats"),
/// with devices and payloads of our city in their places.
/// </summary>
internal static class NetworkEvents
{
    public const string AxiomaBase64 = "DqA1XTApNQAAVMA0XecpAAC4ALkAuAC4ALgAuQC4ALgAuAC4ALgAuAC5ALkAuQA=";

    public static string ChirpStackUplink(
        string devEui, int fPort, string base64, string id = "3ac7e3c4-4401-4b8d-9386-a5c902f9202d",
        string time = "2026-11-20T09:34:15.775023242+00:00", string profile = "Test device-profile",
        string more = "") => $$$$"""
        {
          "deduplicationId": "{{{{id}}}}", "time": "{{{{time}}}}",
          "deviceInfo": {{{{DeviceInfo(devEui, profile)}}}},
          "devAddr": "00189440", "dr": 1, "fCnt": 7, "fPort": {{{{fPort}}}}, "data": "{{{{base64}}}}", {{{{more}}}}
          "rxInfo": [
            {"gatewayId": "0016c001f153a14d", "uplinkId": 4217106256, "rssi": -110, "snr": -4.5},
            {"gatewayId": "0016c001f153a14c", "uplinkId": 4217106255, "rssi": -36, "snr": 10.5, "context": "E3OWOQ==",
             "metadata": {"region_name": "eu868", "region_common_name": "EU868"}}],
          "txInfo": {"frequency": 867100000, "modulation": {"lora": {"bandwidth": 125000, "spreadingFactor": 11, "codeRate": "CR_4_5"}}}
        }
        """;

    public static string ChirpStackEvent(string devEui, string more, string id = "c9dbe358-2578-4fb7-b295-66b44edc45a6") => $$$$"""
        {"deduplicationId": "{{{{id}}}}", "time": "2026-11-20T09:33:28.823500726+00:00",
         "deviceInfo": {{{{DeviceInfo(devEui, "Test device-profile")}}}}, {{{{more}}}}}
        """;

    public static string ThingsStackUplink(
        string devEui, int fPort, string base64, string more = "", string id = "as:up:01E0WZGT6Y7657CPFPE5WEYDSQ") => $$$$"""
        {
          "end_device_ids": {{{{EndDevice(devEui)}}}},
          "correlation_ids": ["{{{{id}}}}", "gs:conn:01E0WDEC6T5T4XXBAX7S1VMFKE", "ns:uplink:01E0WZGSZXZXZS8RFAWZX0F2FY"],
          "received_at": "2026-11-20T15:15:46.014773143Z",
          "uplink_message": {
            "session_key_id": "AXA50tHUGUucuzS/bCGMNw==", "f_cnt": 12, "f_port": {{{{fPort}}}}, "frm_payload": "{{{{base64}}}}", {{{{more}}}}
            "rx_metadata": [{"gateway_ids": {"gateway_id": "gtw1", "eui": "9C5C8E00001A05C4"}, "time": "2026-11-20T15:15:45.787Z",
              "timestamp": 2463457000, "rssi": -35, "channel_rssi": -35, "snr": 5, "uplink_token": "ChIKEAoEZ3R3MRIInFyOAAAaBcQQ6L3Vlgk="}],
            "settings": {"data_rate": {"lora": {"bandwidth": 125000, "spreading_factor": 7}}, "frequency": "868300000"},
            "received_at": "2026-11-20T15:15:45.789585559Z"
          }
        }
        """;

    public static string ThingsStackJoin(string devEui) => $$$$"""
        {"end_device_ids": {{{{EndDevice(devEui)}}}}, "correlation_ids": ["as:up:01E191YN5F2HMBQCBCVRF731VY"],
         "received_at": "2026-11-20T07:49:09.935284891Z",
         "join_accept": {"session_key_id": "AXBSH1Pk6Z0G166RlH16CQ==", "received_at": "2026-11-20T07:49:09.736532315Z"}}
        """;

    public static string ThingsStackDownlink(string devEui, string member, string correlation) => $$$$"""
        {"end_device_ids": {{{{EndDevice(devEui)}}}},
         "correlation_ids": ["{{{{correlation}}}}", "as:up:01E19B9J8ED6HZW5CC41KPGHVD"], "received_at": "2026-11-20T10:32:24.590413417Z",
         "{{{{member}}}}": {"session_key_id": "AXBSp8v2brG0jqkri+sIkw==", "f_port": 60, "f_cnt": 1, "frm_payload": "vu8=",
           "confirmed": true, "priority": "NORMAL", "correlation_ids": ["{{{{correlation}}}}"]}}
        """;

    public static string ThingsStackFailed(string correlation) => $$$$"""
        {"end_device_ids": {"device_id": "dev1", "application_ids": {"application_id": "app1"}},
         "correlation_ids": ["as:downlink:01E19Z5W3BZBG7CXSJE9C0A3CE"],
         "downlink_failed": {
           "downlink": {"f_port": 15, "frm_payload": "vu8=", "confirmed": true, "priority": "NORMAL", "correlation_ids": ["{{{{correlation}}}}"]},
           "error": {"namespace": "pkg/networkserver", "name": "application_downlink_too_long",
             "message_format": "application downlink payload is too long", "correlation_id": "2e7f786912e946e597894e381d0ad7b0", "code": 3}}}
        """;

    private static string DeviceInfo(string devEui, string profile) => $$$$"""
        {"tenantId": "52f14cd4-c6f1-4fbd-8f87-4025e1d49242", "tenantName": "ChirpStack",
         "applicationId": "17c82e96-be03-4f38-aef3-f83d48582d97", "applicationName": "Test application",
         "deviceProfileId": "14855bf7-d10d-4aee-b618-ebfcb64dc7ad", "deviceProfileName": "{{{{profile}}}}",
         "deviceName": "Test device", "devEui": "{{{{devEui}}}}", "tags": {"key": "value"}}
        """;

    private static string EndDevice(string devEui) => $$$$"""
        {"device_id": "dev1", "application_ids": {"application_id": "app1"}, "dev_eui": "{{{{devEui.ToUpperInvariant()}}}}",
         "join_eui": "800000000000000C", "dev_addr": "00BCB929"}
        """;
}
