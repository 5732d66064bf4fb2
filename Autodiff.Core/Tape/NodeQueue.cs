using System.Diagnostics.CodeAnalysis;

namespace Autodiff;

/// <summary>
/// A priority queue of nodes, the latest first: a binary heap, and the latest beside it, the only one in a chain.
/// </summary>
internal sealed class NodeQueue
{
    private const int MostKept = 1 << 16;

    private (long Sequence, Node Node)[] _heap = []; // a chain needs none
    private Node? _latest;
    private int _count;

    public void Add(Node node)
    {
        if (_latest is { } latest)
        {
            if (node.Sequence > latest.Sequence)
            {
                _latest = node;
                node = latest;
            }

            Push(node);
        }
        else
        {
            _latest = node;
        }
    }

    public bool TryTake([NotNullWhen(true)] out Node? node)
    {
        node = _latest;
        if (node is null)
        {
            return false;
        }

        _latest = _count == 0 ? null : Pop();
        return true;
    }

    /// <summary>Lets go of memory that only an unusually wide graph needs.</summary>
    public void Trim()
    {
        if (_heap.Length > MostKept)
        {
            _heap = [];
        }
    }

    private void Push(Node node)
    {
        if (_count == _heap.Length)
        {
            Array.Resize(ref _heap, Math.Max(16, 2 * _count));
        }

        (long, Node)[] heap = _heap;
        long sequence = node.Sequence;
        int at = _count++;
        while (at > 0 && heap[(at - 1) / 2].Item1 < sequence)
        {
            heap[at] = heap[(at - 1) / 2];
            at = (at - 1) / 2;
        }

        heap[at] = (sequence, node);
    }

    private Node Pop()
    {
        (long Sequence, Node Node)[] heap = _heap;
        Node top = heap[0].Node;
        (long Sequence, Node Node) last = heap[--_count];
        heap[_count] = default;
        if (_count == 0)
        {
            return top;
        }

        int at = 0;
        for (int child = 1; child < _count; child = (2 * at) + 1)
        {
            child += child + 1 < _count && heap[child + 1].Sequence > heap[child].Sequence ? 1 : 0;
            if (heap[child].Sequence <= last.Sequence)
            {
                break;
            }

            heap[at] = heap[child];
            at = child;
        }

        heap[at] = last;
        return top;
    }
}
