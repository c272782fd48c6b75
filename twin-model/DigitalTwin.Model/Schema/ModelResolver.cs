namespace DigitalTwin.Model.Schema;

/// <summary>Makes a model of an interface: what it inherits, the values of its components, slots, ranges.</summary>
internal sealed class ModelResolver(DtdlHierarchy hierarchy, ModelLimits limits)
{
    public TwinModel Resolve(DtdlInterface declared, int index)
    {
        var lineage = hierarchy.LineageOf(declared.Id);
        var nearestFirst = lineage.Reverse().Select(ancestor => ancestor.Id).ToArray();
        var kind = nearestFirst.Select(KindOf).FirstOrDefault(found => found != TwinKind.Generic);
        var properties = Properties(declared, lineage, nearestFirst, KindRules.ComputedNames(kind));
        try
        {
            return new TwinModel(
                declared.Id, index, kind, declared.DisplayName, properties,
                [.. CommandsOf(lineage)], [.. NamesOf(lineage, DtdlVocabulary.Relationship)],
                KindRules.SummarySlots(kind, declared.Id, properties), limits.ExpectedIntervalOf(declared.Id),
                nearestFirst);
        }
        catch (Exception problem) when (problem is KeyNotFoundException or SchemaException)
        {
            // The rules of a kind know its model and not the document that it was declared in.
            throw new SchemaException(new DtdlProblem(
                declared.File, DtdlElementCheck.Join(declared.Path, "contents"), "catalogue/rules",
                $"the rules of {kind} rely on a value that is not declared: {problem.Message}"));
        }
    }

    private List<PropertySchema> Properties(
        DtdlInterface declared, IReadOnlyList<DtdlInterface> lineage, string[] nearestFirst,
        IReadOnlySet<string> computed)
    {
        var properties = new List<PropertySchema>();
        var slot = 0;
        foreach (var (value, component) in lineage.SelectMany(ancestor => ancestor.Contents).SelectMany(Values))
        {
            if (properties.Count == DtdlReader.ValuesMax)
                throw new SchemaException(new DtdlProblem(
                    declared.File, declared.Path, "catalogue/values",
                    $"the kind comes to more than {DtdlReader.ValuesMax} values with what it extends"));
            var range = limits.RangeOf(nearestFirst, value.Name)
                ?? (component is null ? null : limits.RangeOf(component.Lineage, component.InnerName))
                ?? (double.MinValue, double.MaxValue);
            properties.Add(new PropertySchema(
                value.Name, value.DisplayName, computed.Contains(value.Name) ? PropertyRole.Computed : value.Role,
                value.Schema, value.Schema is ValueSchema.Text or ValueSchema.Structured ? -1 : slot++, value.Unit,
                value.EnumValues, range.Minimum, range.Maximum, value.Comment));
        }

        return properties;
    }

    private IEnumerable<(DtdlProperty Value, ComponentValue? Component)> Values(DtdlContent content)
    {
        foreach (var leaf in content.Leaves)
            yield return (leaf, null);
        if (content.Component is null)
            yield break;
        var lineage = hierarchy.LineageOf(content.Component.Id);
        string[] nearestFirst = [.. lineage.Reverse().Select(ancestor => ancestor.Id)];
        foreach (var leaf in lineage.SelectMany(ancestor => ancestor.Contents).SelectMany(inner => inner.Leaves))
            yield return (
                leaf with
                {
                    Name = $"{content.Name}.{leaf.Name}",
                    DisplayName = DtdlValues.Within(content.DisplayName, leaf.DisplayName),
                },
                new ComponentValue(nearestFirst, leaf.Name));
    }

    // A component is part of the twin, so its commands are the twin's as well, under the component's name.
    private IEnumerable<CommandSchema> CommandsOf(IReadOnlyList<DtdlInterface> lineage)
    {
        foreach (var content in lineage.SelectMany(ancestor => ancestor.Contents))
            if (content.Class == DtdlVocabulary.Command.Name)
                yield return new CommandSchema(content.Name, content.DisplayName, content.Request);
            else if (content.Component is { } component)
                foreach (var inner in CommandsOf(hierarchy.LineageOf(component.Id)))
                    yield return inner with { Name = $"{content.Name}.{inner.Name}" };
    }

    private IEnumerable<string> NamesOf(IReadOnlyList<DtdlInterface> lineage, DtdlClass wanted)
    {
        foreach (var content in lineage.SelectMany(ancestor => ancestor.Contents))
            if (content.Class == wanted.Name)
                yield return content.Name;
            else if (content.Component is { } component)
                foreach (var inner in NamesOf(hierarchy.LineageOf(component.Id), wanted))
                    yield return $"{content.Name}.{inner}";
    }

    private static TwinKind KindOf(string modelId)
    {
        const string Prefix = "dtmi:kz:almaty:";
        if (!modelId.StartsWith(Prefix, StringComparison.Ordinal))
            return TwinKind.Generic;
        var name = modelId[Prefix.Length..].Split(';')[0];
        return Enum.TryParse<TwinKind>(name, out var kind) ? kind : TwinKind.Generic;
    }

    /// <summary>
    /// Where a value inside a component finds its range: at the component's interface, by its own name.
    /// </summary>
    private sealed record ComponentValue(string[] Lineage, string InnerName);
}
