using System.Reflection;
using Autodiff.Nn;
using Module = Autodiff.Nn.Module;

namespace Autodiff.Tests.Nn;

/// <summary>
/// What has two forms takes the same arguments in both: a loss as a module and as a function, an optimizer's arguments
/// and options.
/// </summary>
public class PairTests
{
    private static IEnumerable<Type> Losses() => typeof(Loss).Assembly.GetExportedTypes()
        .Where(t => t.IsSubclassOf(typeof(Module)) && !t.IsAbstract
            && t.Name.EndsWith("Loss", StringComparison.Ordinal)
            && t != typeof(AdaptiveLogSoftmaxWithLoss)); // a layer with parameters: it has no function

    private static IEnumerable<Type> Optimizers() => typeof(Optimizer).Assembly.GetExportedTypes()
        .Where(t => t.IsSubclassOf(typeof(Optimizer)) && !t.IsAbstract);

    [TestCaseSource(nameof(Losses))]
    public void A_loss_takes_the_arguments_of_its_function(Type loss)
    {
        MethodInfo[] functions = [.. typeof(Functional).GetMethods().Where(method => method.Name == loss.Name)];
        Assert.That(functions, Is.Not.Empty);
        ParameterInfo[] module = loss.GetConstructors().Single().GetParameters();
        foreach (ParameterInfo[] function in functions.Select(method => method.GetParameters()))
        {
            Assert.That(module.Select(Describe), Is.EqualTo(function.Where(p => p.HasDefaultValue).Select(Describe)));
        }

        static string Describe(ParameterInfo p) => $"{p.ParameterType} {p.Name} = {p.DefaultValue}";
    }

    [TestCaseSource(nameof(Optimizers))]
    public void An_optimizer_has_one_constructor_and_every_argument_is_an_option(Type type)
    {
        ConstructorInfo constructor = type.GetConstructors().Single();
        ParameterInfo[] parameters = constructor.GetParameters();
        Tensor weight = Tensor.Ones([2]).RequireGrad();
        object?[] usual = [.. parameters.Select(p => p.Position == 0 ? new[] { weight } : p.DefaultValue)];
        OptimizerOptions defaults = Options(usual);
        foreach (ParameterInfo parameter in parameters[1..])
        {
            PropertyInfo option = defaults.GetType()
                .GetProperty(char.ToUpperInvariant(parameter.Name![0]) + parameter.Name[1..])!;
            Assert.That(option, Is.Not.Null, parameter.Name);
            Assert.That(option.GetValue(defaults), Is.EqualTo(parameter.DefaultValue), parameter.Name);
            object?[] other = [.. usual];
            object changed = other[parameter.Position] = parameter.DefaultValue switch
            {
                bool flag => !flag,
                double number => number == 0 ? 0.5 : number * 0.75,
                int number => number + 1,
                null => 7,
                _ => LineSearch.StrongWolfe,
            };
            if (parameter.Name == "nesterov")
            {
                other[Array.FindIndex(parameters, p => p.Name == "momentum")] = 0.5; // which it needs
            }

            if (parameter.Name == "etaPlus")
            {
                other[parameter.Position] = changed = 1.5;
            }

            Assert.That(option.GetValue(Options(other)), Is.EqualTo(changed), parameter.Name);
        }

        OptimizerOptions Options(object?[] arguments) =>
            ((Optimizer)constructor.Invoke(arguments)).ParameterGroups[0].Options;
    }
}
