namespace Autodiff;

/// <summary>The name of an operation: that of its struct.</summary>
internal static class OperationName
{
    public static string Of<TOp>() => Cache<TOp>.Name;

    private static class Cache<TOp>
    {
        public static readonly string Name = Plain(typeof(TOp));

        private static string Plain(Type type)
        {
            if (type.IsGenericType && type.GetGenericTypeDefinition() == typeof(Operations.Fold<,>))
            {
                string monoid = Plain(type.GenericTypeArguments[1]);
                return type.GenericTypeArguments[0] == typeof(Operations.Identity)
                    ? monoid
                    : $"{monoid}Of{Plain(type.GenericTypeArguments[0])}";
            }

            if (type.IsGenericType && type.GetGenericTypeDefinition() == typeof(Operations.FinishedSum<,>))
            {
                return Plain(type.GenericTypeArguments[1]); // a mean, a norm, a deviation: that of its function
            }

            string name = type.Name;
            int tick = name.IndexOf('`', StringComparison.Ordinal);
            name = tick < 0 ? name : name[..tick];

            // A wrapper (an operation with a constant, a formula with an automatic rule) bears the wrapped operation's
            // name; a switch is no operation.
            return type.IsGenericType && type.GenericTypeArguments is [Type inner, ..]
                && IsRule(type) == IsRule(inner) ? Plain(inner) : name;
        }

        private static bool IsRule(Type type) => typeof(Algebra.IUpdateRule).IsAssignableFrom(type);
    }
}
