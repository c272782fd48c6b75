namespace DigitalTwin.Host;

/// <summary>How commands end, and what they say where they did not do it.</summary>
internal static class ExitCode
{
    public const int Success = 0;
    public const int Refused = 1;
    public const int WrongUse = 2;

    public static int RefusedAs(string problem, TextWriter errors)
    {
        errors.WriteLine(problem);
        return Refused;
    }

    public static int WrongUseAs(string problem, string usage, TextWriter errors)
    {
        errors.WriteLine(problem);
        errors.WriteLine(usage);
        return WrongUse;
    }
}
