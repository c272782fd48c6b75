namespace DigitalTwin.Gateway.Tests.Push;

/// <summary>A test with the npm client; skipped, and said so, where the page's packages are not installed.</summary>
internal sealed class NodeFactAttribute : FactAttribute
{
    public NodeFactAttribute() => Skip = NodeView.MissingPart;
}

/// <summary>As <see cref="NodeFactAttribute"/>, with arguments.</summary>
internal sealed class NodeTheoryAttribute : TheoryAttribute
{
    public NodeTheoryAttribute() => Skip = NodeView.MissingPart;
}
