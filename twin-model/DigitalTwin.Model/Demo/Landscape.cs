using DigitalTwin.Model.Graph;

namespace DigitalTwin.Model.Demo;

/// <summary>Rivers, lakes, parks and the mountains in the south; real names, approximate shapes.</summary>
internal static class Landscape
{
    public static IReadOnlyList<DemoLine> Rivers { get; } =
    [
        River("Bolshaya Almatinka", "Большая Алматинка", "Үлкен Алматы",
            76.9150, 43.1500, 76.9020, 43.1720, 76.8880, 43.1950, 76.8800, 43.2150, 76.8700, 43.2330, 76.8560, 43.2450,
            76.8600, 43.2620, 76.8700, 43.2900, 76.8740, 43.3200, 76.8700, 43.3480),
        River("Malaya Almatinka", "Малая Алматинка", "Кіші Алматы",
            77.0000, 43.1700, 76.9830, 43.1960, 76.9720, 43.2150, 76.9650, 43.2350, 76.9620, 43.2550, 76.9600, 43.2800,
            76.9560, 43.3100, 76.9480, 43.3500, 76.9450, 43.3750),
        River("Esentai", "Есентай", "Есентай",
            76.9560, 43.1850, 76.9420, 43.2050, 76.9330, 43.2180, 76.9260, 43.2330, 76.9220, 43.2500, 76.9190, 43.2700,
            76.9150, 43.3000, 76.9120, 43.3400),
    ];

    public static IReadOnlyList<DemoLine> Waters { get; } =
    [
        Area("water", "Lake Sairan", "озеро Сайран", "Сайран көлі",
            76.8540, 43.2400, 76.8605, 43.2388, 76.8625, 43.2425, 76.8585, 43.2452, 76.8550, 43.2440),
        Area("water", "Aerodrome Lake", "Аэропортовское озеро", "Әуежай көлі",
            77.0270, 43.3320, 77.0330, 43.3340, 77.0320, 43.3385, 77.0265, 43.3370),
    ];

    public static IReadOnlyList<DemoLine> Parks { get; } =
    [
        Area("park", "Central Park", "Центральный парк", "Орталық саябақ",
            76.9640, 43.2630, 76.9730, 43.2600, 76.9760, 43.2660, 76.9690, 43.2700, 76.9645, 43.2680),
        Area("park", "Panfilov Park", "парк 28 панфиловцев", "28 панфиловшы саябағы",
            76.9495, 43.2570, 76.9555, 43.2576, 76.9550, 43.2606, 76.9490, 43.2600),
        Area("park", "Botanical Garden", "Ботанический сад", "Ботаникалық бақ",
            76.9080, 43.2130, 76.9190, 43.2150, 76.9240, 43.2210, 76.9200, 43.2250, 76.9100, 43.2235),
        Area("park", "First President's Park", "парк Первого Президента", "Тұңғыш Президент саябағы",
            76.8800, 43.1830, 76.8900, 43.1840, 76.8910, 43.1930, 76.8800, 43.1910),
        Area("park", "Kok-Tobe", "Кок-Тобе", "Көктөбе",
            76.9690, 43.2250, 76.9800, 43.2240, 76.9870, 43.2320, 76.9800, 43.2380, 76.9720, 43.2330),
        Area("park", "Baum Grove", "Роща Баума", "Баум тоғайы",
            76.9350, 43.3020, 76.9420, 43.3030, 76.9440, 43.3170, 76.9370, 43.3160),
    ];

    public static DemoLine Mountains { get; } =
        Area("mountain", "Trans-Ili Alatau", "Заилийский Алатау", "Іле Алатауы",
            76.7000, 43.1250, 76.7800, 43.1380, 76.8500, 43.1450, 76.9000, 43.1550, 76.9500, 43.1680, 77.0000, 43.1750,
            77.0500, 43.1900, 77.1000, 43.2100, 77.1800, 43.2300, 77.1800, 43.0000, 76.7000, 43.0000);

    private static DemoLine River(string english, string russian, string kazakh, params double[] degrees) =>
        new("river", new LocalizedName(english, russian, kazakh), DemoLine.Points(degrees));

    private static DemoLine Area(
        string kind, string english, string russian, string kazakh, params double[] degrees) =>
        new(kind, new LocalizedName(english, russian, kazakh), DemoLine.Points(degrees));
}
