using System.Collections.Concurrent;

namespace Autodiff.Nn;

/// <summary>Work done ahead of its use on a thread of its own.</summary>
internal static class Background
{
    /// <summary>
    /// The items of <paramref name="source"/>, up to <paramref name="capacity"/> of them made ahead on another thread in the caller's
    /// grad mode. An exception there comes out here, in the place of the item; stopping early ends the thread.
    /// </summary>
    public static IEnumerable<T> Ahead<T>(IEnumerable<T> source, int capacity)
    {
        using CancellationTokenSource stop = new();
        using BlockingCollection<T> made = new(capacity);
        bool recording = GradMode.IsEnabled;
        CancellationToken token = stop.Token;
        Task worker = Task.Factory.StartNew(Work, token, TaskCreationOptions.LongRunning, TaskScheduler.Default);
        try
        {
            foreach (T item in made.GetConsumingEnumerable(CancellationToken.None))
            {
                yield return item;
            }

            worker.GetAwaiter().GetResult();
        }
        finally
        {
            stop.Cancel();
            ((IAsyncResult)worker).AsyncWaitHandle.WaitOne();
        }

        void Work()
        {
            using GradMode.Scope _ = GradMode.Set(recording);
            try
            {
                foreach (T item in source)
                {
                    made.Add(item, token);
                }
            }
            catch (OperationCanceledException) when (token.IsCancellationRequested)
            {
                // The reader has left.
            }
            finally
            {
                made.CompleteAdding();
            }
        }
    }
}
