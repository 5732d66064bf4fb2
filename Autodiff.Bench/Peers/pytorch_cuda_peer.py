"""PyTorch's side of the comparison on a CUDA device; the same protocol as pytorch_peer.py.

The lab network's step is done three ways: eager, with torch.compile, and replayed as a CUDA graph. A way that this
installation cannot do answers null.
"""

import json
import sys
import time

try:
    import torch
except ImportError:
    sys.exit("no PyTorch")
if not torch.cuda.is_available():
    sys.exit("no CUDA")

nn = torch.nn
torch.backends.cuda.matmul.allow_tf32 = False


def lab_network():
    layers, width = [], 20
    for _ in range(4):
        layers += [nn.Linear(width, 256), nn.ReLU()]
        width = 256
    model = nn.Sequential(*layers, nn.Linear(width, 1)).cuda()
    optimizer = torch.optim.SGD(model.parameters(), lr=1e-4)
    x, y = torch.randn(5000, 20, device="cuda"), torch.randn(5000, 1, device="cuda")
    return model, nn.MSELoss(), optimizer, x, y


def step_of(model, loss_function, optimizer, x, y, set_to_none=True):
    def step():
        optimizer.zero_grad(set_to_none=set_to_none)
        loss = loss_function(model(x), y)
        loss.backward()
        optimizer.step()

    return step


def eager():
    return step_of(*lab_network())


def compiled():
    model, loss_function, optimizer, x, y = lab_network()
    step = step_of(torch.compile(model), loss_function, optimizer, x, y)
    step()
    return step


def graphed():
    step = step_of(*lab_network())
    side = torch.cuda.Stream()
    side.wait_stream(torch.cuda.current_stream())
    with torch.cuda.stream(side):
        for _ in range(3):
            step()
    torch.cuda.current_stream().wait_stream(side)
    graph = torch.cuda.CUDAGraph()
    with torch.cuda.graph(graph):
        step()
    return graph.replay


def small_add():
    x, y = torch.randn(1024, device="cuda"), torch.randn(1024, device="cuda")

    def work():
        torch.add(x, y)

    return work


WORKLOADS = {
    "lab-network-eager": eager,
    "lab-network-compiled": compiled,
    "lab-network-graph": graphed,
    "small-add": small_add,
}


def main():
    torch.manual_seed(0)
    description = f"PyTorch {torch.__version__}, CUDA {torch.version.cuda}"
    print(json.dumps({"description": description}), flush=True)
    made = {}
    for line in sys.stdin:
        answers = []
        for request in json.loads(line):
            name, iterations = request["workload"], request["iterations"]
            if name not in made:
                try:
                    made[name] = WORKLOADS[name]()
                except Exception:  # torch.compile lacks its compiler on some machines
                    made[name] = None
            work, seconds = made[name], None
            if work is not None:
                torch.cuda.synchronize()
                start = time.perf_counter()
                for _ in range(iterations):
                    work()
                if name == "small-add":  # the host's time alone
                    seconds = time.perf_counter() - start
                torch.cuda.synchronize()
                seconds = seconds or time.perf_counter() - start
            answers.append({"workload": name, "seconds": seconds})
        print(json.dumps(answers), flush=True)


if __name__ == "__main__":
    main()
