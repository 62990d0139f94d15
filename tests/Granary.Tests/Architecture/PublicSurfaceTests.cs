using System.Reflection;
using System.Runtime.CompilerServices;
using Granary.Testing;

namespace Granary.Architecture.Tests;

/// <summary>
/// Holds what each library offers to its callers against the approved text in tests/Granary.Tests/Surface; a change is
/// accepted by `make approve-surface` and committed on its own.
/// </summary>
public sealed class PublicSurfaceTests
{
    private const BindingFlags Declared = BindingFlags.Public | BindingFlags.NonPublic | BindingFlags.Instance | BindingFlags.Static | BindingFlags.DeclaredOnly;

    // The command line's surface is its commands and options, not its types.
    private static IEnumerable<string> Libraries => SourceTree.ProductProjects.Select(project => Path.GetFileNameWithoutExtension(project)!).Where(name => name != "Granary.Cli");

    [TestCaseSource(nameof(Libraries))]
    public void The_public_surface_is_the_approved_one(string library)
    {
        var file = Repository.PathOf("tests", "Granary.Tests", "Surface", $"{library}.txt");
        var surface = Assembly.Load(library).GetExportedTypes().SelectMany(Describe).Order(StringComparer.Ordinal).ToList();
        if (Environment.GetEnvironmentVariable("APPROVE_SURFACE") == "1")
        {
            Directory.CreateDirectory(Path.GetDirectoryName(file)!);
            File.WriteAllLines(file, surface);
        }
        else if (!File.Exists(file))
        {
            Assert.Ignore($"The surface of {library} is not approved yet; 'make approve-surface' does it.");
        }

        var approved = File.ReadAllLines(file);

        Assert.Multiple(() =>
        {
            Assert.That(surface.Except(approved), Is.Empty, "new members; accept them with 'make approve-surface'");
            Assert.That(approved.Except(surface), Is.Empty, "lost members; accept the loss with 'make approve-surface'");
        });
    }

    private static IEnumerable<string> Describe(Type type)
    {
        var name = Name(type);
        yield return $"{name} : {Kind(type)}{string.Concat(Parents(type).Select(parent => $", {parent}"))}";
        foreach (var member in type.GetMembers(Declared).Where(IsOffered))
        {
            yield return member switch
            {
                FieldInfo field when type.IsEnum => $"{name}.{field.Name} = {Convert.ToInt64(field.GetRawConstantValue())}",
                FieldInfo field => $"{name}.{field.Name} : {Name(field.FieldType)}",
                PropertyInfo property => $"{name}.{property.Name}{Indices(property)} : {Name(property.PropertyType)}{Accessors(property)}",
                EventInfo change => $"{name}.{change.Name} : event {Name(change.EventHandlerType!)}",
                ConstructorInfo constructor => $"{name}({Parameters(constructor)})",
                MethodInfo method => $"{name}.{method.Name}{Arity(method)}({Parameters(method)}) : {Name(method.ReturnType)}",
                _ => $"{name}.{member.Name} : nested",
            };
        }
    }

    private static bool IsOffered(MemberInfo member)
    {
        return member switch
        {
            _ when member.IsDefined(typeof(CompilerGeneratedAttribute)) => false,
            FieldInfo field => (field.IsPublic || field.IsFamily) && !field.IsSpecialName,
            MethodInfo method => (method.IsPublic || method.IsFamily) && (!method.IsSpecialName || method.Name.StartsWith("op_", StringComparison.Ordinal)),
            ConstructorInfo constructor => constructor.IsPublic || constructor.IsFamily,
            PropertyInfo property => property.GetAccessors(nonPublic: true).Any(accessor => accessor.IsPublic || accessor.IsFamily),
            EventInfo change => change.AddMethod!.IsPublic,
            _ => false, // nested types come by themselves
        };
    }

    private static string Kind(Type type)
    {
        return type switch
        {
            { IsEnum: true } => "enum",
            { IsValueType: true } => "struct",
            { IsInterface: true } => "interface",
            { IsAbstract: true, IsSealed: true } => "static class",
            { IsAbstract: true } => "abstract class",
            { IsSealed: true } => "sealed class",
            _ => "class",
        };
    }

    private static IEnumerable<string> Parents(Type type)
    {
        if (type.IsEnum)
        {
            return [];
        }

        var inherited = type.BaseType is { } parent && parent != typeof(object) && parent != typeof(ValueType) ? [Name(parent)] : Array.Empty<string>();
        return inherited.Concat(type.GetInterfaces().Where(contract => contract.IsVisible).Select(Name).Order(StringComparer.Ordinal));
    }

    private static string Accessors(PropertyInfo property)
    {
        var setter = property.SetMethod;
        if (setter is null || !(setter.IsPublic || setter.IsFamily))
        {
            return string.Empty;
        }

        return setter.ReturnParameter.GetRequiredCustomModifiers().Contains(typeof(IsExternalInit)) ? " { init }" : " { set }";
    }

    private static string Indices(PropertyInfo property)
    {
        var indices = property.GetIndexParameters();
        return indices.Length == 0 ? string.Empty : $"[{string.Join(", ", indices.Select(index => Name(index.ParameterType)))}]";
    }

    private static string Arity(MethodInfo method)
    {
        return method.IsGenericMethod ? $"<{string.Join(", ", method.GetGenericArguments().Select(Name))}>" : string.Empty;
    }

    private static string Parameters(MethodBase method)
    {
        return string.Join(", ", method.GetParameters().Select(parameter => $"{Name(parameter.ParameterType)} {parameter.Name}{(parameter.HasDefaultValue ? " = " + Default(parameter) : string.Empty)}"));
    }

    private static string Default(ParameterInfo parameter)
    {
        return parameter.RawDefaultValue switch
        {
            null => "default",
            string text => $"\"{text}\"",
            var value => Convert.ToString(value, System.Globalization.CultureInfo.InvariantCulture)!,
        };
    }

    private static string Name(Type type)
    {
        if (type.IsGenericParameter)
        {
            return type.Name;
        }

        if (type.HasElementType)
        {
            return Name(type.GetElementType()!) + (type.IsArray ? "[]" : type.IsPointer ? "*" : "&");
        }

        // System's own types read better without their namespace; ours keep it, for it is part of the surface.
        var plain = (type.Namespace?.StartsWith("System", StringComparison.Ordinal) == true ? type.Name : type.FullName ?? $"{type.Namespace}.{type.Name}").Split('[')[0].Replace('+', '.');
        var mark = plain.IndexOf('`', StringComparison.Ordinal);
        return mark < 0 ? plain : $"{plain[..mark]}<{string.Join(", ", type.GetGenericArguments().Select(Name))}>";
    }
}
