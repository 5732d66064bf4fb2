"""PyTorch's side of the comparison.

Each line on standard input is a JSON list of {"workload", "iterations"}; each is answered by a line with a JSON list of
{"workload", "seconds"}, the time that the iterations took. The number of threads is OMP_NUM_THREADS.
`memory WORKLOAD ITERATIONS` does the work and prints the peak of the process's memory in bytes.
"""

import json
import os
import sys
import time

try:
    import torch
except ImportError:
    sys.exit("no PyTorch")

torch.set_num_threads(int(os.environ.get("OMP_NUM_THREADS", "1")))
nn = torch.nn


def square():
    x = torch.tensor(3.0, requires_grad=True)

    def step():
        x.grad = None
        loss = x ** 2
        loss.backward()
        with torch.no_grad():
            x.sub_(x.grad, alpha=1)

    return step


def trained(model, loss_function, optimizer, x, y):
    def step():
        optimizer.zero_grad(set_to_none=True)
        loss = loss_function(model(x), y)
        loss.backward()
        optimizer.step()

    return step


def sgd(model, rate):
    return torch.optim.SGD(model.parameters(), lr=rate)


def linear_regression():
    x = torch.randn(100, 1)
    y = 2 * x + 1 + 0.5 * torch.randn(100, 1)
    model = nn.Linear(1, 1)
    return trained(model, nn.MSELoss(), sgd(model, 0.1), x, y)


def lab_network():
    layers, width = [], 20
    for _ in range(4):
        layers += [nn.Linear(width, 256), nn.ReLU()]
        width = 256
    model = nn.Sequential(*layers, nn.Linear(width, 1))
    return trained(model, nn.MSELoss(), sgd(model, 1e-4), torch.randn(5000, 20), torch.randn(5000, 1))


def logistic_regression():
    x, y = torch.rand(13007, 784), (torch.rand(13007, 1) < 0.5).float()
    model = nn.Linear(784, 1)
    optimizer, loss_function = sgd(model, 0.01), nn.BCEWithLogitsLoss()

    def epoch():
        for start in range(0, 13007, 500):
            optimizer.zero_grad(set_to_none=True)
            loss = loss_function(model(x[start:start + 500]), y[start:start + 500])
            loss.backward()
            optimizer.step()

    return epoch


def mlp():
    model = nn.Sequential(nn.Linear(784, 256), nn.ReLU(), nn.Linear(256, 10))
    return trained(model, nn.CrossEntropyLoss(), sgd(model, 0.01), torch.rand(64, 784), torch.randint(0, 10, (64,)))


def optimizer_step(make):
    def workload():
        parameters = [torch.randn(s, requires_grad=True) for s in [(256, 784), (256,), (256, 256), (256,), (10, 256), (10,)]]
        for parameter in parameters:
            parameter.grad = torch.randn_like(parameter)
        optimizer = make(parameters)
        return optimizer.step

    return workload


def chain(length):
    def workload():
        x = torch.tensor(1.0, requires_grad=True)

        def timed(iterations):
            seconds = 0.0
            for _ in range(iterations):
                y = x
                for _ in range(length):
                    y = y + 1.0
                start = time.perf_counter()
                y.backward()
                seconds += time.perf_counter() - start
            return seconds

        return timed

    workload.keeps_time = True
    return workload


WORKLOADS = {
    "x-squared": square,
    "linear-regression": linear_regression,
    "lab-network": lab_network,
    "logistic-regression": logistic_regression,
    "mlp": mlp,
    "sgd": optimizer_step(lambda p: torch.optim.SGD(p, lr=1e-6, foreach=True)),
    "sgd-momentum": optimizer_step(lambda p: torch.optim.SGD(p, lr=1e-6, momentum=0.9, foreach=True)),
    "adam": optimizer_step(lambda p: torch.optim.Adam(p, lr=1e-6, foreach=True)),
    "adamw": optimizer_step(lambda p: torch.optim.AdamW(p, lr=1e-6, foreach=True)),
    "rmsprop": optimizer_step(lambda p: torch.optim.RMSprop(p, lr=1e-6, foreach=True)),
    **{f"chain-{n}": chain(n) for n in (1_000, 10_000, 100_000, 1_000_000)},
}


def peak_memory():
    with open("/proc/self/status", encoding="ascii") as status:
        for line in status:
            if line.startswith("VmHWM:"):
                return int(line.split()[1]) * 1024
    return None


def main():
    torch.manual_seed(0)
    if sys.argv[1:2] == ["memory"]:
        if sys.argv[2] != "nothing":
            step = WORKLOADS[sys.argv[2]]()
            for _ in range(int(sys.argv[3])):
                step()
        print(peak_memory())
        return

    capability = next((line.split(":")[-1].strip() for line in torch.__config__.show().splitlines() if "CPU capability" in line), "")
    print(json.dumps({"description": f"PyTorch {torch.__version__} ({capability})"}), flush=True)
    made = {}
    for line in sys.stdin:
        answers = []
        for request in json.loads(line):
            name, iterations = request["workload"], request["iterations"]
            if name not in made:
                made.clear()  # one model at a time
                made[name] = WORKLOADS[name]()
            work = made[name]
            if getattr(WORKLOADS[name], "keeps_time", False):
                seconds = work(iterations)
            else:
                start = time.perf_counter()
                for _ in range(iterations):
                    work()
                seconds = time.perf_counter() - start
            answers.append({"workload": name, "seconds": seconds})
        print(json.dumps(answers), flush=True)


if __name__ == "__main__":
    main()
