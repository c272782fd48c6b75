namespace DigitalTwin.Model.Demo;

/// <summary>Names for the grid's streets: the old centre's own where they run, elsewhere names that such streets bear.</summary>
internal static class StreetNames
{
    // From south to north between Abay and Raiymbek.
    private static readonly Dictionary<int, string> s_centre = new()
    {
        [-6] = "улица Курмангазы", [-5] = "улица Шевченко", [-4] = "улица Жамбыла", [-3] = "улица Кабанбай батыра",
        [-2] = "улица Богенбай батыра", [-1] = "улица Карасай батыра", [0] = "улица Айтеке би", [1] = "улица Казыбек би",
        [4] = "улица Жибек жолы", [6] = "улица Макатаева", [8] = "улица Маметовой",
    };

    private static readonly string[] s_elsewhere =
    [
        "улица Жарокова", "улица Тургут Озала", "улица Брусиловского", "улица Байзакова", "улица Манаса",
        "улица Мынбаева", "улица Ходжанова", "улица Жандосова", "улица Навои", "улица Торайгырова", "улица Утеген батыра",
        "улица Кабдолова", "улица Варламова", "улица Прокофьева", "улица Солодовникова", "улица Радостовца",
        "улица Мирзояна", "улица Егизбаева", "улица Розы Баглановой", "улица Яссауи", "улица Шаляпина", "улица Алтынсарина",
        "улица Правды", "улица Кисловодская", "улица Бекешева", "улица Майлина", "улица Огарёва", "улица Шолохова",
        "улица Чайкиной", "улица Ангарская", "улица Дегдар", "улица Хмельницкого", "улица Ахрименко", "улица Лобачевского",
        "улица Рихарда Зорге", "улица Акан серы", "улица Павлодарская", "улица Казыбаева", "улица Бухтарминская",
        "улица Молдагалиева", "улица Омарова", "улица Ержанова", "улица Елебекова", "улица Горная", "улица Кербулакская",
    ];

    // Beyond this a street of the centre has another name.
    private const int CentreColumns = 22;

    /// <summary>The street along the south of this row, at this column.</summary>
    public static string Of(int column, int row)
    {
        if (Math.Abs(column + 8) <= CentreColumns && s_centre.TryGetValue(row, out var name))
            return name;
        // A name comes again only far away, and then with a number before it.
        var number = (int)((uint)(row * 31 + (column + 4_000) / 40 * 17) % (uint)s_elsewhere.Length);
        var turn = (uint)(row + 400) / (uint)s_elsewhere.Length + (uint)((column + 4_000) / 40);
        return turn % 4 == 0 ? s_elsewhere[number] : $"{turn % 4 + 1}-я {s_elsewhere[number]}";
    }

    /// <summary>House numbers run along the street, even ones on its southern side.</summary>
    public static string Address(Block block, int building, bool isNorthSide)
    {
        var street = Of(block.Column, isNorthSide ? block.Row + 1 : block.Row);
        // The building on the south of a street stands in the block below it.
        var number = 2 * ((block.Column % 40 + 40) % 40 * 8 + building) + (isNorthSide ? 2 : 1);
        return $"{street}, {number}";
    }
}
