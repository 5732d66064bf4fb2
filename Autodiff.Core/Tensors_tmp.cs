namespace Autodiff; /// <summary>tmp</summary>
public sealed partial class Tensor {}
