namespace Granary.Architecture.Tests;

/// <summary>A fixture that cannot be made of the types it names is not run, and nobody is told.</summary>
public sealed class GenericFixtureTests
{
    private static IEnumerable<TestCaseData> Fixtures =>
        from type in typeof(GenericFixtureTests).Assembly.GetTypes()
        where type.IsGenericTypeDefinition
        from fixture in type.GetCustomAttributes(typeof(TestFixtureAttribute), inherit: false).Cast<TestFixtureAttribute>()
        where fixture.Arguments.Length > 0
        select new TestCaseData(type, fixture.Arguments.Cast<Type>().ToArray()).SetArgDisplayNames(type.Name, string.Join(' ', fixture.Arguments.Cast<Type>().Select(argument => argument.Name)));

    [TestCaseSource(nameof(Fixtures))]
    public void A_generic_fixture_can_be_made_of_what_it_names(Type fixture, Type[] arguments)
    {
        Assert.That(() => fixture.MakeGenericType(arguments), Throws.Nothing);
    }
}
