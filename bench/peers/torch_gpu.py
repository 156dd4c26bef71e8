"""Times VGG16 in PyTorch on a GPU: the peer of graft_bench. Prints and keeps one JSON line per measurement.

    python3 torch_gpu.py [--batch 64] [--minutes 3] [--json FILE] [--device cuda|cpu] [--small] [--only WORD]

Jobs run in order of importance, and what no longer fits into the minutes is named in a last line: the rates of a
copy and of matrix products; the trunk forward and in training, eager and compiled; each convolution through cuDNN
(forward, both gradients); a step of fine-tuning with the default head, head only and all layers, with Adam.

channels_last and cudnn.benchmark are on. Precisions: bf16 (weights and activations), amp (autocast to bf16), tf32, f32.
A time is the median of rounds; a round is a batch of runs with one synchronisation at its end, after a warm-up.
--device cpu --small tries the script where there is no GPU.
"""

import argparse
import contextlib
import json
import statistics
import sys
import time

import torch
import torch.nn.functional as F

BLOCKS = [[64] * 2, [128] * 2, [256] * 3, [512] * 3, [512] * 3]
ROTATE = 256 << 20  # bytes that the inputs of a convolution take in all, so that no cache holds them


class Setting:
    """What every job needs: options, device, clock, and where the lines go."""

    def __init__(self, options):
        self.options, self.device = options, torch.device(options.device)
        self.file = open(options.json, "a", encoding="utf-8") if options.json else None
        name = torch.cuda.get_device_name() if self.on_gpu() else "CPU"
        self.about = {"device": name, "peer": f"PyTorch {torch.__version__}", "cudnn": torch.backends.cudnn.version(),
                      "command": " ".join(["torch_gpu.py", *sys.argv[1:]])}  # fmt: skip

    def on_gpu(self):
        return self.device.type == "cuda"

    def size(self, full, small):
        return small if self.options.small else full

    def line(self, **fields):
        text = json.dumps({**fields, **self.about})
        print(text, flush=True)
        if self.file:
            print(text, file=self.file, flush=True)

    def sync(self):
        if self.on_gpu():
            torch.cuda.synchronize()

    def run(self, work, count):
        self.sync()
        start = time.perf_counter()
        for i in range(count):
            work(i)
        self.sync()
        return time.perf_counter() - start

    def milliseconds(self, work):
        """Median of rounds; work(i) is the i-th run."""
        self.run(work, 3)  # warm-up: choice of algorithms, compilation, memory
        once = self.run(work, 2) / 2
        count = max(1, min(1000, round(self.options.seconds / max(once, 1e-6))))
        return statistics.median(self.run(work, count) / count for _ in range(self.options.rounds)) * 1e3


def precision(name):
    """Sets the switches of a precision; returns the dtype of the model and the context to run in."""
    torch.backends.cuda.matmul.allow_tf32 = torch.backends.cudnn.allow_tf32 = name == "tf32"
    return torch.bfloat16 if name == "bf16" else torch.float32


def context(s, name):
    return torch.autocast(s.device.type, torch.bfloat16) if name == "amp" else contextlib.nullcontext()


def trunk(s):
    torch.manual_seed(1)
    layers, c = [], 3
    for block in BLOCKS:
        for k in block:
            k = s.size(k, k // 8)
            layers += [torch.nn.Conv2d(c, k, 3, padding=1), torch.nn.ReLU(inplace=True)]
            torch.nn.init.kaiming_normal_(layers[-2].weight, nonlinearity="relu")
            c = k
        layers.append(torch.nn.MaxPool2d(2))
    return torch.nn.Sequential(*layers)


def placed(s, model, dtype):
    return model.to(device=s.device, dtype=dtype, memory_format=torch.channels_last)


def images(s, dtype):
    side = s.size(224, 32)
    return torch.rand(s.options.batch, 3, side, side, device=s.device, dtype=dtype).contiguous(
        memory_format=torch.channels_last)  # fmt: skip


def report(s, what, mode, name, ms):
    batch = s.options.batch
    s.line(what=what, mode=mode, precision=name, batch=batch, ms=ms, ms_per_image=ms / batch,
           images_per_second=batch / ms * 1e3)  # fmt: skip


def ceilings(s):
    count = s.size(1 << 28, 1 << 16)
    a, b = torch.rand(count, device=s.device), torch.empty(count, device=s.device)
    ms = s.milliseconds(lambda i: b.copy_(a))
    s.line(what="peer_copy", gbps=8 * count / ms / 1e6)
    side = s.size(8192, 64)
    for name in ["bf16", "tf32", "f32"]:
        dtype = precision(name)
        a, b = (torch.randn(side, side, device=s.device).to(dtype) for _ in range(2))
        ms = s.milliseconds(lambda i: a @ b)
        s.line(what="peer_product", precision=name, side=side, ms=ms, gflops=2 * side**3 / ms / 1e6)


def forward(s, mode, name):
    dtype = precision(name)
    model, x = placed(s, trunk(s), dtype).eval(), images(s, dtype)
    run = torch.compile(model) if mode == "compile" else model

    def work(i):
        with torch.no_grad(), context(s, name):
            run(x)

    report(s, "peer_trunk_forward", mode, name, s.milliseconds(work))


def training(s, mode, name):
    """Forward and backward to all weights, without optimizer and without the gradient of the images."""
    dtype = precision(name)
    model, x = placed(s, trunk(s), dtype), images(s, dtype)
    run = torch.compile(model) if mode == "compile" else model
    dy = {}

    def work(i):
        model.zero_grad(set_to_none=True)
        with context(s, name):
            y = run(x)
        dy.setdefault(0, torch.randn_like(y))
        y.backward(dy[0])

    report(s, "peer_trunk_training", mode, name, s.milliseconds(work))


def step(s, mode, name, head_only):
    """A whole step: trunk, Flatten, Dense(1024, ReLU), Dense(4), cross-entropy, Adam."""
    dtype = precision(name)
    x, base = images(s, dtype), trunk(s)
    features = s.size(25088, 64)
    head = torch.nn.Sequential(torch.nn.Flatten(), torch.nn.Linear(features, s.size(1024, 16)), torch.nn.ReLU(),
                               torch.nn.Linear(s.size(1024, 16), 4))  # fmt: skip
    model = placed(s, torch.nn.Sequential(base, head), dtype)
    base.requires_grad_(not head_only)
    optimizer = torch.optim.Adam([p for p in model.parameters() if p.requires_grad], lr=1e-4, fused=s.on_gpu())
    labels = torch.randint(4, (s.options.batch,), device=s.device)
    run = torch.compile(model) if mode == "compile" else model

    def work(i):
        optimizer.zero_grad(set_to_none=True)
        with context(s, name):
            loss = F.cross_entropy(run(x).float(), labels)
        loss.backward()
        optimizer.step()

    report(s, "peer_step_head_only" if head_only else "peer_step_all", mode, name, s.milliseconds(work))


def conv_shapes(s):
    side, c = s.size(224, 32), 3
    for b, block in enumerate(BLOCKS, 1):
        for i, k in enumerate(block, 1):
            k = s.size(k, k // 8)
            yield f"block{b}_conv{i}", side, c, k
            c = k
        side //= 2


def convs(s, name):
    dtype = precision(name)
    for layer, side, c, k in conv_shapes(s):
        n = s.options.batch
        one = n * side * side * (c + k) * (2 if name == "bf16" else 4)
        sets = min(16, 1 + s.size(ROTATE, 1) // one)
        make = lambda *shape: torch.randn(*shape, device=s.device, dtype=dtype).contiguous(
            memory_format=torch.channels_last)  # fmt: skip
        xs = [make(n, c, side, side) for _ in range(sets)]
        dys = [make(n, k, side, side) for _ in range(sets)]
        w, bias = make(k, c, 3, 3), torch.randn(k, device=s.device, dtype=dtype)

        def backward(i, mask):
            torch.ops.aten.convolution_backward(dys[i % sets], xs[i % sets], w, [k], [1, 1], [1, 1], [1, 1], False,
                                                [0, 0], 1, mask)  # fmt: skip

        jobs = {"conv2d": lambda i: F.conv2d(xs[i % sets], w, bias, padding=1),
                "conv2d+relu": lambda i: torch.relu_(F.conv2d(xs[i % sets], w, bias, padding=1)),
                "conv2d_grad_input": lambda i: backward(i, [True, False, False]),
                "conv2d_grad_weight": lambda i: backward(i, [False, True, True])}  # fmt: skip
        if s.on_gpu() and name != "bf16":  # one call of cuDNN; PyTorch has it for f32 and f16
            jobs["conv2d+relu fused"] = lambda i: torch.cudnn_convolution_relu(
                xs[i % sets], w, bias, [1, 1], [1, 1], [1, 1], 1)  # fmt: skip
        flops = 2 * 9 * n * side * side * c * k
        for op, work in jobs.items():
            with torch.no_grad():
                ms = s.milliseconds(work)
            s.line(what="peer_kernel", op=op, case=layer, precision=name, batch=n, ms=ms, gflops=flops / ms / 1e6)


def all_jobs():
    yield "ceilings", ceilings
    for mode, name in [("eager", "bf16"), ("compile", "bf16"), ("eager", "tf32"), ("eager", "f32"), ("eager", "amp")]:
        yield f"forward {mode} {name}", lambda s, mode=mode, name=name: forward(s, mode, name)
    for mode, name in [("eager", "amp"), ("compile", "amp"), ("eager", "tf32"), ("eager", "f32")]:
        yield f"training {mode} {name}", lambda s, mode=mode, name=name: training(s, mode, name)
    yield "convs bf16", lambda s: convs(s, "bf16")
    yield "convs tf32", lambda s: convs(s, "tf32")
    for head_only in [True, False]:
        for mode, name in [("eager", "amp"), ("eager", "f32")]:
            yield (f"{'head only' if head_only else 'all layers'} {mode} {name}",
                   lambda s, mode=mode, name=name, head_only=head_only: step(s, mode, name, head_only))  # fmt: skip
    yield "convs f32", lambda s: convs(s, "f32")
    yield "forward compile tf32", lambda s: forward(s, "compile", "tf32")
    yield "all layers compile amp", lambda s: step(s, "compile", "amp", False)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--batch", type=int, default=64)
    parser.add_argument("--minutes", type=float, default=3)
    parser.add_argument("--seconds", type=float, default=0.1, help="least time of a round")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--json", metavar="FILE", help="append the lines here too")
    parser.add_argument("--device", default="cuda", choices=["cuda", "cpu"])
    parser.add_argument("--small", action="store_true", help="images of 32x32 and an eighth of the channels")
    parser.add_argument("--only", default="", metavar="WORD", help="only jobs whose name contains this")
    options = parser.parse_args()
    torch.backends.cudnn.benchmark = True
    s, start, cut, failed = Setting(options), time.monotonic(), [], 0
    for name, job in all_jobs():
        if options.only not in name:
            continue
        if time.monotonic() - start > 60 * options.minutes:
            cut.append(name)
            continue
        try:
            job(s)
        except Exception as e:  # one job that fails must not cost the others
            failed += 1
            s.line(what="problem", job=name, problem=f"{type(e).__name__}: {str(e)[:500]}")
        if s.on_gpu():
            torch.cuda.empty_cache()
    if cut:
        s.line(what="cut", jobs=cut, minutes=options.minutes)
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
