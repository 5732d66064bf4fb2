namespace Autodiff.Nn;

/// <summary>
/// What is done to a whole module and gives the module back, so that it can be chained:
/// <c>new Net().To(device).Eval()</c>.
/// </summary>
public static class ModuleExtensions
{
    extension<T>(T module) where T : Module
    {
        /// <summary>Sets training mode for the module and all inside it.</summary>
        /// <param name="training">False for evaluation.</param>
        /// <returns>The module.</returns>
        public T Train(bool training = true)
        {
            module.SetTraining(training);
            return module;
        }

        /// <summary>
        /// Sets evaluation mode: dropout passes everything, batch normalisation uses its running figures.
        /// </summary>
        /// <returns>The module.</returns>
        public T Eval() => module.Train(false);

        /// <summary>
        /// Moves parameters, their gradients and buffers to a device. The tensors stay the same objects, so an
        /// optimizer keeps its hold on them, and takes its state along at its next step.
        /// </summary>
        /// <param name="device">Where to.</param>
        /// <returns>The module.</returns>
        public T To(Device device)
        {
            ArgumentNullException.ThrowIfNull(device);
            module.MoveTo(device, null);
            return module;
        }

        /// <summary>
        /// Converts floating parameters, their gradients and floating buffers. The tensors stay the same objects, and
        /// an optimizer converts its state at its next step.
        /// </summary>
        /// <param name="type">float32 or float64.</param>
        /// <returns>The module.</returns>
        /// <exception cref="ArgumentException">The type is not floating.</exception>
        public T To(DType type)
        {
            if (!type.IsFloatingPoint())
            {
                throw new ArgumentException($"To: a module computes in float32 or float64, not {type.DisplayName()}.",
                    nameof(type));
            }

            module.MoveTo(null, type);
            return module;
        }

        /// <summary>
        /// Calls <paramref name="action"/> with every module inside and at last with the module itself, as for
        /// initialisation.
        /// </summary>
        /// <param name="action">What to do.</param>
        /// <returns>The module.</returns>
        public T Apply(Action<Module> action)
        {
            ArgumentNullException.ThrowIfNull(action);
            Stack<IEnumerator<Module>> open = new();
            Stack<Module> around = new([module]);
            open.Push(module.Children().GetEnumerator());
            // not recursive, so that modules may be nested deeply
            while (open.TryPeek(out IEnumerator<Module>? children))
            {
                if (children.MoveNext())
                {
                    around.Push(children.Current);
                    open.Push(children.Current.Children().GetEnumerator());
                }
                else
                {
                    open.Pop();
                    action(around.Pop());
                }
            }

            return module;
        }

        /// <summary>Lets all parameters require grad, or freezes them.</summary>
        /// <param name="requiresGrad">False to freeze.</param>
        /// <returns>The module.</returns>
        public T RequireGrad(bool requiresGrad = true)
        {
            foreach (Tensor parameter in module.Parameters())
            {
                parameter.RequiresGrad = requiresGrad;
            }

            return module;
        }
    }
}
