namespace DigitalTwin.Model.Demo;

/// <summary>What stands on a block. Buildings keep to their own lots, so none touches another.</summary>
internal static class BuildingPlan
{
    private const double FlatSquareMetres = 68; // with its share of stairs

    public static IEnumerable<BuildingDraft> Of(Block block, int seed, Obstacles obstacles)
    {
        var random = PlaceRandom.At(~seed, block.Column, block.Row);
        return Drafts(block, random).Where(draft => !obstacles.IsBlocked(draft.Corners));
    }

    private static IEnumerable<BuildingDraft> Drafts(Block block, Random random) => block.Style switch
    {
        BlockStyle.Perimeter => Perimeter(block, random),
        BlockStyle.Slabs => Slabs(block, random),
        BlockStyle.Towers => Towers(block, random),
        BlockStyle.Houses => Houses(block, random),
        BlockStyle.School => School(block, random),
        BlockStyle.Hospital => Hospital(block, random),
        BlockStyle.Mall => Mall(block, random),
        _ => Industry(block, random),
    };

    private static IEnumerable<BuildingDraft> Perimeter(Block block, Random random)
    {
        // Three lots along each long street, one along each short street, some yards with a small house.
        for (var side = -1; side <= 1; side += 2)
        {
            for (var lot = -1; lot <= 1; lot++)
            {
                var length = 38 + random.Next(12);
                var centre = block.Centre + new Spot(lot * 56, side * 44);
                var corners = lot != 0 && random.Next(4) == 0
                    ? Footprint.Angle(centre - new Spot(0, side * 6), length, 28, 13, isTurned: side > 0)
                    : Footprint.Box(centre, length, 13 + random.Next(4));
                yield return random.Next(7) == 0
                    ? Draft(block, corners, "office", 4 + random.Next(9), 3.6, random)
                    : Apartments(block, corners, random.Next(6) == 0 ? 9 + random.Next(4) : 4 + random.Next(3), random);
            }

            if (random.Next(3) > 0)
                yield return Apartments(
                    block, Footprint.Box(block.Centre + new Spot(side * 76, 0), 14, 34), 4 + random.Next(3), random);
        }

        if (random.Next(3) == 0)
            yield return Draft(block, Footprint.Box(block.Centre, 30, 16), "retail", 1 + random.Next(2), 4, random);
    }

    private static IEnumerable<BuildingDraft> Slabs(Block block, Random random)
    {
        var floors = random.Next(3) switch { 0 => 5, 1 => 9, _ => random.Next(2) == 0 ? 5 : 12 };
        for (var row = -1; row <= 1; row++)
        {
            for (var side = -1; side <= 1; side += 2)
            {
                var centre = block.Centre + new Spot(side * 43, row * 40);
                if (random.Next(9) == 0)
                    yield return Draft(block, Footprint.Box(centre, 30, 18), "retail", 1 + random.Next(2), 4, random);
                else if (random.Next(8) > 0)
                    yield return Apartments(block, Footprint.Box(centre, 58 + random.Next(16), 12), floors, random);
            }
        }
    }

    private static IEnumerable<BuildingDraft> Towers(Block block, Random random)
    {
        for (var row = -1; row <= 1; row += 2)
        {
            for (var lot = -1; lot <= 1; lot++)
            {
                if (random.Next(6) == 0)
                    continue;
                var centre = block.Centre + new Spot(lot * 56, row * 30);
                var width = 22 + random.Next(8);
                var floors = 12 + random.Next(14);
                yield return random.Next(4) == 0
                    ? Draft(block, Footprint.Box(centre, width + 6, width), "office", floors, 3.7, random)
                    : Apartments(block, Footprint.Box(centre, width, width - 2), floors, random);
            }
        }
    }

    private static IEnumerable<BuildingDraft> Houses(Block block, Random random)
    {
        for (var side = -1; side <= 1; side += 2)
        {
            for (var lot = -3; lot <= 3; lot++)
            {
                var centre = block.Centre + new Spot(lot * 25 + random.Next(-3, 4), side * (34 + random.Next(8)));
                var corners = random.Next(4) == 0
                    ? Footprint.Angle(centre, 14, 12, 7, isTurned: side > 0)
                    : Footprint.Box(centre, 9 + random.Next(5), 8 + random.Next(4));
                var draft = Draft(block, corners, "privateHouse", 1 + random.Next(2), 3, random);
                if (random.Next(12) > 0)
                    yield return draft with { Flats = 1 };
            }
        }
    }

    private static IEnumerable<BuildingDraft> School(Block block, Random random)
    {
        yield return Draft(
            block, Footprint.Court(block.Centre - new Spot(40, 0), 74, 46, 15, random.Next(2) == 0),
            "school", 2 + random.Next(3), 3.5, random);
        yield return Draft(
            block, Footprint.Box(block.Centre + new Spot(50, random.Next(-20, 21)), 40, 22), "school", 2, 3.5, random);
    }

    private static IEnumerable<BuildingDraft> Hospital(Block block, Random random)
    {
        yield return Draft(
            block, Footprint.Court(block.Centre - new Spot(28, 0), 100, 56, 17, isTurned: false),
            "hospital", 4 + random.Next(4), 3.6, random);
        yield return Draft(block, Footprint.Box(block.Centre + new Spot(58, 0), 28, 60), "hospital", 3, 3.6, random);
    }

    private static IEnumerable<BuildingDraft> Mall(Block block, Random random)
    {
        yield return Draft(
            block, Footprint.Angle(block.Centre, 120, 76, 44, random.Next(2) == 0), "retail", 2 + random.Next(3), 5, random);
    }

    private static IEnumerable<BuildingDraft> Industry(Block block, Random random)
    {
        for (var side = -1; side <= 1; side += 2)
            yield return Draft(
                block, Footprint.Box(block.Centre + new Spot(random.Next(-12, 13), side * 30), 110 + random.Next(30), 34),
                "industrial", 1 + random.Next(2), 6, random);
    }

    private static BuildingDraft Apartments(Block block, Spot[] corners, int floors, Random random)
    {
        var draft = Draft(block, corners, "apartmentBlock", floors, 3, random);
        return draft with { Flats = Math.Max(4, (int)(draft.FloorAreaSquareMetres / FlatSquareMetres)) };
    }

    private static BuildingDraft Draft(
        Block block, Spot[] corners, string buildingClass, int floors, double floorHeight, Random random) =>
        new(block, corners, buildingClass, floors, floorHeight, Flats: 0, Year(floors, random));

    // Five floors are of the 1960s, nine of the 1970s and 1980s, more are recent.
    private static int Year(int floors, Random random) => floors switch
    {
        <= 3 => 1950 + random.Next(70),
        <= 6 => 1955 + random.Next(20),
        <= 9 => 1972 + random.Next(18),
        _ => 2003 + random.Next(22),
    };
}
