using System.Runtime.ExceptionServices;

namespace Autodiff.Nn;

/// <summary>Work done ahead of its use on another thread.</summary>
internal static class Background
{
    /// <summary>
    /// The items of <paramref name="source"/>, up to <paramref name="capacity"/> of them made ahead on another thread
    /// in the caller's grad mode. An exception there comes out here, in the place of the item. The thread is one of the
    /// pool's, and is given back when enough has been made: an iterator that is abandoned leaves no thread behind.
    /// </summary>
    public static IEnumerable<T> Ahead<T>(IEnumerable<T> source, int capacity)
    {
        Producer<T> producer = new(source.GetEnumerator(), capacity);
        try
        {
            while (producer.TryTake(out T item))
            {
                yield return item;
            }
        }
        finally
        {
            producer.Stop();
        }
    }

    private sealed class Producer<T>(IEnumerator<T> source, int capacity)
    {
        private readonly Queue<T> _made = [];
        private readonly bool _recording = GradMode.IsEnabled;
        private State _state;
        private Exception? _fault;
        private bool _ended, _stopped;

        private enum State
        {
            /// <summary>Nobody makes items, and nobody has been asked to.</summary>
            Idle,

            /// <summary>The pool has been asked, and has not begun.</summary>
            Asked,

            /// <summary>A thread makes items.</summary>
            Working,
        }

        /// <summary>
        /// The next item; false after the last. An item that is asked for before the pool has begun is made here.
        /// </summary>
        public bool TryTake(out T item)
        {
            lock (_made)
            {
                while (_made.Count == 0 && !_ended)
                {
                    if (_state == State.Working)
                    {
                        Monitor.Wait(_made);
                    }
                    else
                    {
                        _state = State.Working; // a pool whose threads all wait for items would never begin
                        Make();
                        _state = State.Idle;
                    }
                }

                if (!_made.TryDequeue(out item!))
                {
                    if (_fault is not null)
                    {
                        ExceptionDispatchInfo.Throw(_fault);
                    }

                    return false;
                }

                if (_state == State.Idle && !_ended && _made.Count < capacity)
                {
                    _state = State.Asked;
                    ThreadPool.QueueUserWorkItem(static producer => producer.Work(), this, preferLocal: false);
                }

                return true;
            }
        }

        /// <summary>Waits for the item that is being made, and lets go of the source.</summary>
        public void Stop()
        {
            lock (_made)
            {
                _stopped = _ended = true;
                while (_state == State.Working)
                {
                    Monitor.Wait(_made);
                }

                source.Dispose();
            }
        }

        private void Work()
        {
            lock (_made)
            {
                if (_state != State.Asked)
                {
                    return; // the reader was faster
                }

                _state = State.Working;
                while (!_ended && _made.Count < capacity)
                {
                    Make();
                }

                _state = State.Idle;
                Monitor.PulseAll(_made);
            }
        }

        /// <summary>Makes an item, with the lock open meanwhile.</summary>
        private void Make()
        {
            bool more = false;
            T item = default!;
            Exception? fault = null;
            Monitor.Exit(_made);
            try
            {
                using GradMode.Scope _ = GradMode.Set(_recording);
                more = source.MoveNext();
                item = more ? source.Current : item;
            }
            catch (Exception e)
            {
                fault = e;
            }
            finally
            {
                Monitor.Enter(_made);
            }

            _fault = fault;
            _ended |= !more;
            if (more && !_stopped)
            {
                _made.Enqueue(item);
            }

            Monitor.PulseAll(_made);
        }
    }
}
