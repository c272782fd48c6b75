using System.Globalization;
using DigitalTwin.Model.Graph;

namespace DigitalTwin.Model.Demo;

/// <summary>How the demo writes ids, numbers and names.</summary>
internal static class DemoText
{
    public static string Model(string name) => $"dtmi:kz:almaty:{name};1";

    public static string Number(double number) => number.ToString("0.##", CultureInfo.InvariantCulture);

    public static Dictionary<string, string> Names(LocalizedName name) => new()
    {
        ["name.en"] = name.English!, ["name.ru"] = name.Russian!, ["name.kk"] = name.Kazakh!,
    };
}
