namespace Autodiff;

/// <summary>A tensor's name that is put together when somebody asks for it: the path of a module's parameter.</summary>
internal interface ITensorName
{
    /// <summary>The name.</summary>
    string Path { get; }
}
