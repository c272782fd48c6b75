using Xunit.Abstractions;
using Xunit.Sdk;

namespace DigitalTwin.Silo.Tests.History;

/// <summary>A class of tests that talk to a PostgreSQL server.</summary>
[AttributeUsage(AttributeTargets.Class)]
public sealed class NeedsPostgresAttribute : Attribute;

/// <summary>
/// A clause of a contract; skipped, and said so, where its class needs a server that is not installed.
/// </summary>
[AttributeUsage(AttributeTargets.Method)]
[XunitTestCaseDiscoverer("DigitalTwin.Silo.Tests.History.StoreFactDiscoverer", "DigitalTwin.Silo.Tests")]
public sealed class StoreFactAttribute : FactAttribute;

/// <summary>Makes a <see cref="StoreTestCase"/> of each <see cref="StoreFactAttribute"/>.</summary>
public sealed class StoreFactDiscoverer(IMessageSink messages) : IXunitTestCaseDiscoverer
{
    public IEnumerable<IXunitTestCase> Discover(
        ITestFrameworkDiscoveryOptions discoveryOptions, ITestMethod testMethod, IAttributeInfo factAttribute)
    {
        yield return new StoreTestCase(messages, testMethod);
    }
}

/// <summary>A test that knows from its class whether it needs a server.</summary>
public sealed class StoreTestCase : XunitTestCase
{
    [Obsolete("For the deserialiser.")]
    public StoreTestCase()
    {
    }

    public StoreTestCase(IMessageSink messages, ITestMethod method)
        : base(messages, TestMethodDisplay.ClassAndMethod, TestMethodDisplayOptions.None, method)
    {
    }

    protected override string GetSkipReason(IAttributeInfo factAttribute) =>
        TestMethod.TestClass.Class.GetCustomAttributes(typeof(NeedsPostgresAttribute)).Any()
            ? PostgresServer.MissingPart!
            : base.GetSkipReason(factAttribute);
}
