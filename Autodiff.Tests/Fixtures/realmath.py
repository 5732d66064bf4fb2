"""Writes realmath.bin, the answers that Algebra/RealMathTests checks double precision against (needs mpmath 1.3).

For each function: a byte and that many bytes of ASCII name, a little-endian int32 count, then count records of six doubles:
a, b (the second argument, or 0), the value's nearest double, what that double misses, d/da and d/db (or 0).
"""
import random
import struct

from mpmath import *

mp.prec = 400
random.seed(20240229)
EPS = 2.0 ** -52


def uniform(low, high, n=40):
    return [random.uniform(low, high) for _ in range(n)]


def spread(low, high, n=30):
    return [float(mpf(2) ** random.uniform(float(log(low, 2)), float(log(high, 2)))) for _ in range(n)]


def both(values):
    return [s * v for v in values for s in (1, -1)]


def around(*points):
    return [p * (1 + k * EPS) for p in points for k in (-3, -1, 0, 1, 3)]


TINY = [2.0 ** -1074, 3.1e-310, 2.0 ** -1022, 1e-300]
QUARTER = [float(k * pi / 2) for k in list(range(1, 12)) + [10 ** 3 + 1, 10 ** 5, 10 ** 8 + 1, 6381956970095103, 2 ** 30 + 1] if k < 2 ** 47]
LN2 = [float((k + mpf(1) / 2) * log(2)) for k in (-1000, -30, -2, -1, 0, 1, 2, 40, 1000)]
N = 20

UNARY = {
    "exp": (exp, exp, uniform(-745.1, 709.7, 60) + uniform(-2, 2) + both(TINY) + around(*LN2)),
    "expm1": (expm1, exp, uniform(-40, 709.7, 40) + uniform(-1.5, 1.5, 50) + both(spread(1e-300, 1, 20)) + both(TINY) + around(*LN2[1:])),
    "log": (log, lambda x: 1 / x, spread(1e-320, 1e308, 50) + uniform(0.4, 2.5, 50) + TINY + around(1, 2 ** 0.5, 0.5 ** 0.5)),
    "log1p": (log1p, lambda x: 1 / (1 + x), spread(1e-300, 1e308, 30) + uniform(-0.999, 2.5, 70) + both(TINY) + around(2 ** 0.5 - 1, 0.5 ** 0.5 - 1)),
    "sin": (sin, cos, uniform(-10, 10, 50) + both(spread(1e-300, 1e14, 30)) + around(*QUARTER)),
    "cos": (cos, lambda x: -sin(x), uniform(-10, 10, 50) + both(spread(1e-300, 1e14, 30)) + around(*QUARTER)),
    "tan": (tan, lambda x: 1 + tan(x) ** 2, uniform(-10, 10, 50) + both(spread(1e-300, 1e8, 20)) + around(*QUARTER[:4])),
    "atan": (atan, lambda x: 1 / (1 + x * x), uniform(-4, 4, 60) + both(spread(1e-300, 1e300, 30)) + around(1)),
    "asin": (asin, lambda x: 1 / sqrt(1 - x * x), uniform(-1, 1, 60) + both(spread(1e-300, 1, 20)) + [1 - 2 ** -k for k in (5, 20, 50)]),
    "acos": (acos, lambda x: -1 / sqrt(1 - x * x), uniform(-1, 1, 60) + both(spread(1e-30, 1, 20)) + both([1 - 2 ** -k for k in (5, 20, 50)])),
    "sinh": (sinh, cosh, uniform(-709, 710.4, 40) + uniform(-2, 2, 50) + both(spread(1e-300, 1, 10))),
    "cosh": (cosh, sinh, uniform(-709, 710.4, 40) + uniform(-2, 2, 50) + both(spread(1e-300, 1, 10))),
    "tanh": (tanh, lambda x: 1 / cosh(x) ** 2, uniform(-20, 20, 40) + uniform(-1, 1, 50) + both(spread(1e-300, 1, 10)) + [300.0, -300.0]),
    "asinh": (asinh, lambda x: 1 / sqrt(1 + x * x), both(spread(1e-300, 1e308, 30)) + uniform(-3, 3, 60)),
    "acosh": (acosh, lambda x: 1 / sqrt(x * x - 1), spread(1, 1e308, 40) + uniform(1, 3, 50) + [1 + 2 ** -k for k in (5, 20, 50)]),
    "atanh": (atanh, lambda x: 1 / (1 - x * x), uniform(-1, 1, 60) + both(spread(1e-300, 1, 20)) + both([1 - 2 ** -k for k in (5, 20, 50)])),
    "erf": (erf, lambda x: 2 / sqrt(pi) * exp(-x * x), uniform(-6, 6, 60) + both(spread(1e-300, 1, 20)) + around(0.85)),
    "erfc": (erfc, lambda x: -2 / sqrt(pi) * exp(-x * x), uniform(-6, 26.5, 90) + uniform(0, 2, 20) + both(spread(1e-30, 1, 10))),
    "exp2": (lambda x: mpf(2) ** x, lambda x: log(2) * mpf(2) ** x, uniform(-1074, 1023.9, 50) + uniform(-2, 2, 30) + [0.5, -0.5, 1023.0, -1022.0]),
    "log2": (lambda x: log(x) / log(2), lambda x: 1 / (x * log(2)), spread(1e-320, 1e308, 40) + uniform(0.4, 2.5, 40) + around(1)),
    "log10": (lambda x: log(x) / log(10), lambda x: 1 / (x * log(10)), spread(1e-320, 1e308, 40) + uniform(0.4, 2.5, 40) + [10.0 ** k for k in range(-20, 23)]),
    "sigmoid": (lambda x: 1 / (1 + exp(-x)), lambda x: 1 / (2 + exp(x) + exp(-x)), uniform(-740, 40, 40) + uniform(-5, 5, 60)),
    "softplus": (lambda x: log1p(exp(x)), lambda x: 1 / (1 + exp(-x)), uniform(-740, 740, 40) + uniform(-5, 5, 60)),
}


def powers():
    points = [(x, p) for x, p in zip(spread(1e-5, 1e5, 60), uniform(-30, 30, 60))]
    points += [(x, random.uniform(-700, 700) / float(log(x))) for x in uniform(0.5, 2, 60)]
    points += [(1 + random.uniform(-1, 1) * 2.0 ** -k, random.uniform(-1, 1) * 2.0 ** (k + 9)) for k in range(3, 45)]
    points += [(-x, float(random.randint(-20, 20))) for x in uniform(0.1, 9, 20)]
    points += [(5e-324, 0.5), (1e-310, 0.9), (1.7e308, -0.99), (2.0, -1074.0), (2.0, -1060.5), (10.0, 22.0)]
    return points


def atan2s():
    points = list(zip(uniform(-5, 5, 80), uniform(-5, 5, 80)))
    points += [(s * y, t * x) for y, x in ((0.0, 3.0), (1e-200, 1e200), (1e200, 1e-200), (2.0, 2.0), (1e-310, 3e-310)) for s in (1, -1) for t in (1, -1)]
    return [(y, x) for y, x in points if not (y == 0 and x < 0)]


def hypots():
    points = list(zip(uniform(-5, 5, 60), uniform(-5, 5, 60)))
    points += [(3e200, 4e200), (1e308, 1e308), (3e-200, 4e-200), (3e-310, 4e-310), (1e-300, 1e300), (0.0, 7.0), (-7.0, 0.0)]
    return points


def logaddexps():
    points = list(zip(uniform(-5, 5, 40), uniform(-5, 5, 40))) + list(zip(uniform(-900, 900, 20), uniform(-900, 900, 20)))
    return points + [(2.0, 2.0), (1000.0, 1000.0), (-1000.0, -1000.5)]


def pow_slope(x, p):
    return (x ** p if p != 0 else mpf(1)) * (log(x) if x > 0 else 0)


BINARY = {
    "pow": (lambda x, p: x ** p, lambda x, p: p * x ** (p - 1), pow_slope, powers()),
    "atan2": (atan2, lambda y, x: x / (x * x + y * y), lambda y, x: -y / (x * x + y * y), atan2s()),
    "hypot": (lambda a, b: sqrt(a * a + b * b), lambda a, b: a / sqrt(a * a + b * b), lambda a, b: b / sqrt(a * a + b * b), hypots()),
    "logaddexp": (lambda a, b: max(a, b) + log1p(exp(-abs(a - b))), lambda a, b: 1 / (1 + exp(b - a)), lambda a, b: 1 / (1 + exp(a - b)), logaddexps()),
}


def nearest(v):
    """The nearest double, gradual underflow included."""
    if v == 0:
        return 0.0
    e = max(frexp(v)[1] - 53, -1074)
    return float(ldexp(nint(ldexp(v, -e)), e))


def slope(f, *arguments):
    try:
        return nearest(f(*map(mpf, arguments)))
    except (OverflowError, ZeroDivisionError):
        return float("nan")


with open("realmath.bin", "wb") as out:
    rows = {name: [(x, 0.0, f, d, None) for x in xs] for name, (f, d, xs) in UNARY.items()}
    rows |= {name: [(a, b, f, da, db) for a, b in ab] for name, (f, da, db, ab) in BINARY.items()}
    for name, records in rows.items():
        data = []
        for a, b, f, da, db in records:
            arguments = (a,) if db is None else (a, b)
            value = f(*map(mpf, arguments))
            try:
                near = nearest(value)
            except OverflowError:
                continue
            if near in (float("inf"), float("-inf")):
                continue
            data.append(struct.pack("<6d", a, b, near, float(value - mpf(near)), slope(da, *arguments), slope(db, *arguments) if db else 0.0))
        out.write(bytes([len(name)]) + name.encode() + struct.pack("<i", len(data)) + b"".join(data))
        print(name, len(data))
