"""PyTorch at the tasks of ../tasks.ts: reads requests as ../child.ts does, a line each, and answers on descriptor 3."""

import json
import os
import sys
import time

try:
    import numpy as np
    import torch
except ImportError as error:
    torch = None
    missing = str(error)

CHARACTERS = {"batch": 32, "steps": 64}
FORECAST = {"batch": 64, "steps": 24}
BATCHES = 8  # different ones, in turn
GATES = "ifgo"  # PyTorch's order


def read_given(folder):
    numbers = np.fromfile(os.path.join(folder, "given.bin"), dtype=np.float32)
    with open(os.path.join(folder, "given.json")) as file:
        index = json.load(file)
    given = {}
    for entry in index:
        count = int(np.prod(entry["shape"]))
        values = numbers[entry["start"] : entry["start"] + count].reshape(entry["shape"])
        given[entry["name"]] = torch.from_numpy(values.copy())
    return given


def stacked(given, role, index):
    return torch.cat([given[f"recurrent.{index}.forward.{role}_{gate}"] for gate in GATES])


def set_layer(module, given, index, suffix):
    getattr(module, f"weight_ih{suffix}").copy_(stacked(given, "W", index))
    getattr(module, f"weight_hh{suffix}").copy_(stacked(given, "R", index))
    getattr(module, f"bias_ih{suffix}").copy_(stacked(given, "b", index))
    getattr(module, f"bias_hh{suffix}").zero_()


def mean_square(values):
    return float((values.double() ** 2).mean())


class Step:
    def __init__(self, task, given):
        units = task["units"]
        self.cell = torch.nn.LSTMCell(units, units)
        with torch.no_grad():
            set_layer(self.cell, given, 0, "")
        self.x = [row.reshape(1, units) for row in given["x"]]
        self.state = (torch.zeros(1, units), torch.zeros(1, units))

    def work(self, n):
        with torch.no_grad():
            self.state = self.cell(self.x[n % len(self.x)], self.state)

    def check(self):
        for n in range(len(self.x)):
            self.work(n)
        return [mean_square(self.state[0])]


class Forward:
    def __init__(self, task, given):
        units = task["units"]
        self.layer = torch.nn.LSTM(units, units)
        with torch.no_grad():
            set_layer(self.layer, given, 0, "_l0")
        self.x = given["x"].transpose(0, 1).contiguous()  # time first, which is faster

    def work(self, n):
        with torch.no_grad():
            return self.layer(self.x)[0]

    def check(self):
        return [mean_square(self.work(0))]


class Training:
    """Bias of the inputs and of the recurrence are two parameters here; the second one stays where it is."""

    def __init__(self, task, given):
        units = task["units"]
        self.is_text = task["kind"] == "characters"
        sizes = CHARACTERS if self.is_text else FORECAST
        layers = task.get("layers", 1)
        self.embedding = torch.nn.Embedding(*given["embedding.0.W"].shape) if self.is_text else None
        inputs = given["recurrent.0.forward.W_f"].shape[1]
        self.lstm = torch.nn.LSTM(inputs, units, num_layers=layers)
        self.dense = torch.nn.Linear(units, given["dense.0.W"].shape[0])
        with torch.no_grad():
            if self.embedding:
                self.embedding.weight.copy_(given["embedding.0.W"])
            for index in range(layers):
                set_layer(self.lstm, given, index, f"_l{index}")
                getattr(self.lstm, f"bias_hh_l{index}").requires_grad_(False)
            self.dense.weight.copy_(given["dense.0.W"])
            self.dense.bias.copy_(given["dense.0.b"])
        modules = [self.embedding, self.lstm, self.dense]
        parameters = [p for module in modules if module for p in module.parameters() if p.requires_grad]
        self.optimizer = torch.optim.Adam(parameters, lr=1e-3)
        x, y = given["x"], given["y"]
        if self.is_text:
            x, y = x.long(), y.long()
        pairs = zip(x.split(sizes["batch"]), y.split(sizes["batch"]))
        self.batches = [
            (x.transpose(0, 1).contiguous(), y.transpose(0, 1).reshape(-1) if self.is_text else y) for x, y in pairs
        ]

    def work(self, n):
        x, y = self.batches[n % BATCHES]
        self.optimizer.zero_grad()
        if self.is_text:
            h, _ = self.lstm(self.embedding(x))
            loss = torch.nn.functional.cross_entropy(self.dense(h).flatten(0, 1), y)
        else:
            h, _ = self.lstm(x)
            loss = torch.nn.functional.mse_loss(self.dense(h[-1]), y)
        loss.backward()
        self.optimizer.step()
        return float(loss)

    def check(self):
        return [self.work(n) for n in range(3)]


KINDS = {"step": Step, "forward": Forward, "characters": Training, "forecast": Training}


def peak():
    with open("/proc/self/status") as file:
        for line in file:
            if line.startswith("VmHWM:"):
                return int(line.split()[1]) * 1024
    return 0


def main():
    answers = os.fdopen(3, "w")
    doer = None
    for line in sys.stdin:
        request = json.loads(line)
        if "open" in request:
            if torch is None:
                answer = {"cannot": f"not installed ({missing})"}
            else:
                start = time.perf_counter()
                torch.set_num_threads(request["open"]["threads"])
                task = request["open"]["task"]
                doer = KINDS[task["kind"]](task, read_given(request["open"]["folder"]))
                answer = {"check": doer.check(), "seconds": time.perf_counter() - start}
        elif "run" in request:
            wall, cpu = time.perf_counter(), time.process_time()
            for n in range(request["run"]):
                doer.work(n)
            answer = {"time": {"wall": time.perf_counter() - wall, "cpu": time.process_time() - cpu}}
        else:
            answer = {"peak": peak()}
        answers.write(json.dumps(answer) + "\n")
        answers.flush()
        if "peak" in answer:
            break


main()
