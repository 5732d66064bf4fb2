using Autodiff.Devices;

namespace Autodiff.Steps;

/// <summary>
/// Where the links of a chain read and write. The links run piece by piece, so memory that one of them writes must lie
/// the same way for all of them: else a link would read a piece before it is written, or after it was written over.
/// </summary>
internal sealed class ChainPlaces
{
    private readonly Dictionary<Storage, (long Offset, bool IsOne, bool IsWritten)> _places = [];

    /// <summary>Whether a command may join those that were added.</summary>
    public bool Allow(Command command)
    {
        int reads = command.Reads.Length;
        for (int k = 0; k < command.Operands.Length; k++)
        {
            ref readonly TensorView view = ref command.Operands[k];
            if (_places.TryGetValue(view.Storage, out (long Offset, bool IsOne, bool IsWritten) place)
                && (place.IsWritten || k >= reads) && !(place.IsOne && place.Offset == view.Offset))
            {
                return false;
            }
        }

        return true;
    }

    public void Add(Command command)
    {
        int reads = command.Reads.Length;
        for (int k = 0; k < command.Operands.Length; k++)
        {
            ref readonly TensorView view = ref command.Operands[k];
            bool isKnown = _places.TryGetValue(view.Storage, out (long Offset, bool IsOne, bool IsWritten) place);
            _places[view.Storage] = isKnown
                ? (place.Offset, place.IsOne && place.Offset == view.Offset, place.IsWritten || k >= reads)
                : (view.Offset, true, k >= reads);
        }
    }

    public void Clear() => _places.Clear();
}
