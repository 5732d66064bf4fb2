// Writes the results and gradients of layers by libtorch, in float64: dotnet run Autodiff.Tests/Fixtures/layers.json.gz
using System.IO.Compression;
using System.Text.Json.Nodes;
using Autodiff.Tests.TorchSharp;
using TorchSharp;

torch.set_num_threads(1);
JsonArray cases = [.. LayerCases.All.Concat(EmptyBatches.All).Select(layer => layer.Run())];
using GZipStream file = new(File.Create(args[0]), CompressionLevel.SmallestSize);
using StreamWriter text = new(file);
text.Write(new JsonObject { ["libtorch"] = torch.__version__, ["cases"] = cases }.ToJsonString());
