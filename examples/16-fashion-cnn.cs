#:project ../Autodiff.Nn
#:property PublishAot=false

// A perceptron and a convolutional network learn from 200 images; on shifted ones both fail, until they have seen such.
// The argument may be a folder with Fashion-MNIST's four files, or another set's in MNIST's format.
using Autodiff;
using Autodiff.Nn;

const int shift = 4, width = Mnist.Columns;
var (train, test) = args is [var folder]
    ? (Mnist.Load(folder, MnistSplit.Train), Mnist.Load(folder, MnistSplit.Test))
    : (OnesAndSevens("train"), OnesAndSevens("t10k"));
Mnist few = train.Subset([.. Enumerable.Range(0, 200)]), others = test.Subset([.. Enumerable.Range(0, 300)]);
Tensor.ManualSeed(0);
Tensor images = few.ToImageTensor(), tests = Shifted(others.ToImageTensor());

double perceptron = Learn([new Flatten(), new Linear(width * width, 64), new ReLU(), new Linear(64, 10)], false);
double convolutional = Learn(Cnn(), false), augmented = Learn(Cnn(), true);
Console.WriteLine($"right: perceptron {perceptron:P0}, convolutional {convolutional:P0}, augmented {augmented:P0}");
return convolutional > perceptron && augmented > convolutional + 0.05 ? 0 : 1;

static Sequential Cnn() =>
[
    new Conv2d(1, 6, kernelSize: 3, padding: 1), new ReLU(), new MaxPool2d(2),
    new Conv2d(6, 12, kernelSize: 3, padding: 1), new ReLU(), new MaxPool2d(2), new Flatten(), new Linear(588, 10),
];

double Learn(Sequential model, bool augment)
{
    var optimizer = new Adam(model.Parameters(), learningRate: 0.003);
    var loader = new DataLoader(new TensorDataset(images, few.ToLabelTensor()), batchSize: 25, shuffle: true);
    for (int epoch = 0; epoch < 10; epoch++)
    {
        foreach (Tensor[] batch in loader)
        {
            optimizer.ZeroGrad();
            Functional.CrossEntropyLoss(model.Forward(augment ? Shifted(batch[0]) : batch[0]), batch[1]).Backward();
            optimizer.Step();
        }
    }

    return model.Forward(tests).ArgMax(1).Eq(others.ToLabelTensor()).To(DType.Float32).Mean().Item();
}

// Each image by its own number of pixels in both directions, with paper from outside.
static Tensor Shifted(Tensor x)
{
    int[] by = Tensor.RandInt(0, 2 * shift + 1, [x.Size(0), 2]).ToArray<int>();
    Tensor framed = x.Pad([shift, shift, shift, shift], value: x.Min().Item());
    return Tensor.Stack([.. Enumerable.Range(0, x.Size(0)).Select(i =>
        framed[i].Narrow(1, by[2 * i], width).Narrow(2, by[2 * i + 1], width))]);
}

static Mnist OnesAndSevens(string part)
{
    string data = Path.Combine("examples", "Labs", "Data"), up = Environment.CurrentDirectory;
    while (!Directory.Exists(Path.Combine(up, data))) up = Path.GetDirectoryName(up)!;
    data = Path.Combine(up, data, part);
    return Mnist.FromFiles($"{data}-images-1-7.idx3-ubyte.gz", $"{data}-labels-1-7.idx1-ubyte.gz");
}
