# pyright: basic
"""The inner loops of predicting tracks from coarser ones."""

from __future__ import annotations

import numpy as np

from ani3d_runtime.kernels import inner
from ani3d_runtime.parallel import parallel_kernel


@parallel_kernel(chunk=16)
def fit_parents(first, last, samples, start, candidates, ridge, parents, weights):
    """Pick, for each track from ``start`` on, the candidates that predict it best, one after the other.

    Orthogonal matching pursuit on the normal equations; ``ridge`` is the variance of what coding adds to a candidate.

    Args:
        samples: [S, D] what the tracks did, D numbers each.
        start: tracks before it are not predicted.
        candidates: [S - start, C] earlier tracks.
        ridge: [S - start] metres squared (or radians), per number.
        parents: [S - start, P] out; weights: [S - start, P] out, zero where a further parent does not help.
    """
    tried = candidates.shape[1]
    slots = parents.shape[1]
    size = samples.shape[1]
    for row in range(first, last):
        target = samples[start + row]
        normal = np.empty((tried, tried))
        right = np.empty(tried)
        for a in range(tried):
            one = samples[candidates[row, a]]
            total = 0.0
            for d in range(size):
                total += one[d] * target[d]
            right[a] = total
            for b in range(a + 1):
                other = samples[candidates[row, b]]
                product = 0.0
                for d in range(size):
                    product += one[d] * other[d]
                normal[a, b] = product
                normal[b, a] = product
            normal[a, a] += ridge[row] * size
        energy = 0.0
        for d in range(size):
            energy += target[d] * target[d]
        chosen = np.full(slots, -1, np.int64)
        best = np.zeros(slots)
        for slot in range(slots):
            gain, pick = 0.0, -1
            for a in range(tried):
                used = False
                correlation = right[a]
                for s in range(slot):
                    used = used or chosen[s] == a
                    correlation -= best[s] * normal[a, chosen[s]]
                if not used and correlation * correlation > gain * normal[a, a]:
                    gain = correlation * correlation / normal[a, a]
                    pick = a
            if pick < 0 or gain < 1e-4 * energy:
                break
            chosen[slot] = pick
            _solve(normal, right, chosen, slot + 1, best)
        for slot in range(slots):
            parents[row, slot] = candidates[row, max(chosen[slot], 0)]
            weights[row, slot] = best[slot] if chosen[slot] >= 0 else 0.0


@parallel_kernel(chunk=64)
def fit_weights(first, last, samples, start, parents, ridge, weights):
    """Least-squares weights of given parents for another channel."""
    slots = parents.shape[1]
    size = samples.shape[1]
    for row in range(first, last):
        normal = np.empty((slots, slots))
        right = np.empty(slots)
        chosen = np.empty(slots, np.int64)
        for slot in range(slots):
            chosen[slot] = slot
        best = np.zeros(slots)
        for a in range(slots):
            one = samples[parents[row, a]]
            total = 0.0
            for d in range(size):
                total += one[d] * samples[start + row, d]
            right[a] = total
            for b in range(slots):
                product = 0.0
                for d in range(size):
                    product += one[d] * samples[parents[row, b], d]
                normal[a, b] = product
            normal[a, a] += ridge[row] * size + 1e-12
        _solve(normal, right, chosen, slots, best)
        for slot in range(slots):
            weights[row, slot] = best[slot]


@inner()
def _solve(normal, right, chosen, count, best):
    """Gaussian elimination of the chosen rows; they are positive definite thanks to the ridge."""
    a = np.empty((count, count))
    b = np.empty(count)
    for i in range(count):
        b[i] = right[chosen[i]]
        for j in range(count):
            a[i, j] = normal[chosen[i], chosen[j]]
    for i in range(count):
        for r in range(i + 1, count):
            factor = a[r, i] / max(a[i, i], 1e-30)
            b[r] -= factor * b[i]
            for c in range(i, count):
                a[r, c] -= factor * a[i, c]
    for i in range(count - 1, -1, -1):
        total = b[i]
        for c in range(i + 1, count):
            total -= a[i, c] * best[c]
        best[i] = total / max(a[i, i], 1e-30)


@parallel_kernel(chunk=256)
def predict(first, last, values, parents, weights, out):
    """Fill ``out`` [n, F, 3] with the weighted sums of parents among decoded ``values`` [S, F, 3]."""
    for row in range(first, last):
        out[row] = 0
        for slot in range(parents.shape[1]):
            weight = weights[row, slot]
            if weight != 0:
                parent = values[parents[row, slot]]
                for t in range(out.shape[1]):
                    for axis in range(3):
                        out[row, t, axis] += weight * parent[t, axis]
