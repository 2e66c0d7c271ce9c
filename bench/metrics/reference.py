"""Numbers of other people's implementations for the metrics' tests: what autochrome computes in TypeScript, computed
here by scikit-image, scikit-learn, SciPy and NumPy on the same pictures and scores.

    python3 bench/metrics/reference.py > packages/autochrome/src/evaluation/fixtures/reference.json

On Debian: apt-get install python3-skimage python3-sklearn. Pictures and scores are made from whole numbers alone, by the
same generator as evaluation/testing.ts, so that no picture has to be committed.

Where a library's choice differs from ours, the row says so in its name:
- `lab`: CIE Lab by the definition in float64 with the exact sRGB matrix, whose white is its own row sums, as ours. Its
  ΔE2000 and the like agree to the tables' error (2e-4 in a*).
- `labSkimage`: scikit-image's rgb2lab, whose matrix and white are rounded to six digits (white 0.95047, 1, 1.08883, so
  that white pixels get b* = -0.01): agrees with ours to about 0.02.
- SSIM: structural_similarity with use_sample_covariance=False crops the 5 pixels around, which is the valid region.
"""

import json
import platform

import numpy as np
import scipy
import skimage
import sklearn
from scipy.linalg import sqrtm
from skimage.color import deltaE_ciede2000, rgb2lab
from skimage.metrics import peak_signal_noise_ratio, structural_similarity
from sklearn.metrics import confusion_matrix, precision_recall_fscore_support, roc_auc_score, roc_curve

CLASSES = 10


def noise(seed):
    state = seed
    while True:
        state = (state * 1664525 + 1013904223) % 2**32
        yield state >> 24


def gradient_pair(width, height, amplitude, source):
    truth = np.zeros((height, width, 3), np.uint8)
    painted = np.zeros((height, width, 3), np.uint8)
    for y in range(height):
        for x in range(width):
            for c in range(3):
                gradient = (x * (5 + c) + y * (3 + 2 * c)) % 256
                value = min(255, max(0, gradient + next(source) % 17 - 8))
                truth[y, x, c] = value
                painted[y, x, c] = min(255, max(0, value + next(source) % (2 * amplitude + 1) - amplitude))
    return truth, painted


def srgb_matrix():
    """RGB to XYZ from the primaries and the white of sRGB (x 0.3127, y 0.3290), not rounded."""
    xy = np.array([[0.64, 0.33], [0.30, 0.60], [0.15, 0.06]])
    primaries = np.column_stack([xy[:, 0] / xy[:, 1], np.ones(3), (1 - xy.sum(1)) / xy[:, 1]]).T
    white = np.array([0.3127 / 0.3290, 1, (1 - 0.3127 - 0.3290) / 0.3290])
    return primaries * np.linalg.solve(primaries, white), white


def lab_by_definition(rgb):
    encoded = rgb.astype(float) / 255
    linear = np.where(encoded <= 0.04045, encoded / 12.92, ((encoded + 0.055) / 1.055) ** 2.4)
    matrix, white = srgb_matrix()
    t = linear @ matrix.T / white
    f = np.where(t > (6 / 29) ** 3, np.cbrt(t), t * (29 / 6) ** 2 / 3 + 4 / 29)
    return np.stack([116 * f[..., 1] - 16, 500 * (f[..., 0] - f[..., 1]), 200 * (f[..., 1] - f[..., 2])], -1)


def colourfulness(rgb):
    r, g, b = np.moveaxis(rgb.astype(float), -1, 0)
    rg, yb = r - g, (r + g) / 2 - b
    return float(np.hypot(rg.std(), yb.std()) + 0.3 * np.hypot(rg.mean(), yb.mean()))


def hue_accuracy(truth, painted):
    chroma = lambda lab: np.hypot(lab[..., 1], lab[..., 2])
    hue = lambda lab: np.degrees(np.arctan2(lab[..., 2], lab[..., 1]))
    judged = chroma(truth) >= 15
    apart = np.abs((hue(truth) - hue(painted) + 180) % 360 - 180)
    return float(((chroma(painted) >= 7.5) & (apart <= 45))[judged].mean())


def colour_class(lab):
    """The borders of colour-classes.ts as a decision list over whole planes."""
    light, chroma = lab[..., 0], np.hypot(lab[..., 1], lab[..., 2])
    hue = np.degrees(np.arctan2(lab[..., 2], lab[..., 1])) % 360
    gray, red, orange, yellow, green, cyan, blue, purple, pink, brown = range(CLASSES)
    rules = [
        (chroma < 10, gray),
        ((hue < 20) & (light < 45), red),
        (hue < 20, pink),
        ((hue < 45) & (light >= 65) & (chroma < 60), pink),
        (hue < 45, red),
        ((hue < 85) & (light < 60) & (chroma < 60), brown),
        (hue < 85, orange),
        (hue < 110, yellow),
        (hue < 170, green),
        (hue < 225, cyan),
        (hue < 308, blue),
        ((hue < 340) | (light < 40), purple),
    ]
    return np.select([condition for condition, _ in rules], [value for _, value in rules], pink)


def auc(error):
    return np.mean([error <= t for t in range(151)], axis=0)


def rebalanced_auc(pairs):
    """Mean over the 10 x 10 ab bins that occur of the mean score in the bin, over all pictures together."""
    keys, scores = [], []
    for truth, painted in pairs:
        # Halves upwards, as Math.round.
        bins = np.floor(truth[..., 1:] / 10 + 0.5).astype(int)
        keys.append((bins[..., 0] * 100 + bins[..., 1]).ravel())
        scores.append(auc(np.hypot(*np.moveaxis(truth - painted, -1, 0)[1:])).ravel())
    keys, scores = np.concatenate(keys), np.concatenate(scores)
    return float(np.mean([scores[keys == key].mean() for key in np.unique(keys)]))


def picture_rows():
    source = noise(12345)
    rows, labs = [], []
    for width, height, amplitude in [(37, 29, 6), (64, 48, 40), (11, 11, 20), (23, 11, 90)]:
        truth, painted = gradient_pair(width, height, amplitude, source)
        true_lab, painted_lab = lab_by_definition(truth), lab_by_definition(painted)
        labs.append((true_lab, painted_lab))
        difference = np.abs(true_lab - painted_lab)
        rounded = np.abs(np.floor(true_lab + 0.5) - np.floor(painted_lab + 0.5))
        true_class, painted_class = colour_class(true_lab).ravel(), colour_class(painted_lab).ravel()
        precision, recall, f1, _ = precision_recall_fscore_support(
            true_class, painted_class, labels=range(CLASSES), zero_division=0
        )
        rows.append(
            {
                "width": width,
                "height": height,
                "amplitude": amplitude,
                "checksum": int(truth.astype(int).sum() * 3 + painted.astype(int).sum()),
                "lab": true_lab[0, :4].tolist(),
                "labSkimage": rgb2lab(truth)[0, :4].tolist(),
                "psnr": float(peak_signal_noise_ratio(truth, painted, data_range=255)),
                "ssim": float(
                    structural_similarity(
                        truth,
                        painted,
                        gaussian_weights=True,
                        sigma=1.5,
                        use_sample_covariance=False,
                        data_range=255,
                        channel_axis=2,
                    )
                ),
                "deltaE2000": float(deltaE_ciede2000(true_lab, painted_lab).mean()),
                "deltaE2000Skimage": float(deltaE_ciede2000(rgb2lab(truth), rgb2lab(painted)).mean()),
                "abMae": float(difference[..., 1:].mean()),
                "colourfulness": colourfulness(truth),
                "colourfulnessRatio": colourfulness(painted) / colourfulness(truth),
                "hueAccuracy": hue_accuracy(true_lab, painted_lab),
                "auc": float(auc(np.hypot(difference[..., 1], difference[..., 2])).mean()),
                "accuracy2": float(np.all(rounded <= [2, 4.4, 4.4], axis=-1).mean()),
                "accuracy5": float(np.all(rounded <= [5, 11, 11], axis=-1).mean()),
                "colours": confusion_matrix(true_class, painted_class, labels=range(CLASSES)).tolist(),
                "colourPrecision": precision.tolist(),
                "colourRecall": recall.tolist(),
                "colourF1": f1.tolist(),
            }
        )
    return rows, rebalanced_auc(labs)


def discriminator_row():
    """Logits in steps of an eighth, so that many are tied: real ones 0.5 higher on average."""
    source = noise(7)
    logit = lambda shift: (next(source) % 64 - 32 + shift) / 8
    real = np.array([logit(4) for _ in range(120)])
    painted = np.array([logit(0) for _ in range(90)])
    labels = np.r_[np.ones(120), np.zeros(90)]
    logits = np.r_[real, painted]
    probability = 1 / (1 + np.exp(-logits))
    row = {"rocAuc": float(roc_auc_score(labels, logits))}
    rate_fp, rate_tp, _ = roc_curve(labels, logits, drop_intermediate=False)
    row["roc"] = [rate_fp.tolist(), rate_tp.tolist()]
    for name, threshold in [("half", 0.5), ("balanced", 0.45)]:
        called = probability >= threshold
        tn, fp, fn, tp = (int(count) for count in confusion_matrix(labels, called).ravel())
        precision, recall, f1, _ = precision_recall_fscore_support(labels, called, average="binary")
        row[name] = {
            "confusion": {"tp": tp, "fp": fp, "fn": fn, "tn": tn},
            "accuracy": float((called == labels).mean()),
            "precision": float(precision),
            "recall": float(recall),
            "f1": float(f1),
        }
    bins = np.minimum(9, (probability * 10).astype(int))
    row["expectedCalibrationError"] = float(
        sum(
            np.abs(labels[bins == k].mean() - probability[bins == k].mean()) * (bins == k).mean()
            for k in np.unique(bins)
        )
    )
    return row


def frechet_row(first, second, dimensions):
    """By the formula of Heusel et al., with SciPy's matrix root; only where the covariances have full rank."""
    source = noise(99)
    one = np.array([[next(source) / 64 for _ in range(dimensions)] for _ in range(first)])
    two = np.array([[next(source) / 80 + 0.25 * (k % 3) for k in range(dimensions)] for _ in range(second)])
    covariances = np.cov(one, rowvar=False), np.cov(two, rowvar=False)
    root = sqrtm(covariances[0] @ covariances[1])
    return {
        "first": first,
        "second": second,
        "dimensions": dimensions,
        "distance": float(
            ((one.mean(0) - two.mean(0)) ** 2).sum() + np.trace(covariances[0] + covariances[1] - 2 * root).real
        ),
        # For fewer vectors than dimensions the root is not to be trusted: the sum of singular values is.
        "nuclear": float(
            ((one.mean(0) - two.mean(0)) ** 2).sum()
            + np.trace(covariances[0] + covariances[1])
            - 2
            * np.linalg.svd(
                (one - one.mean(0)) @ (two - two.mean(0)).T / np.sqrt((first - 1) * (second - 1)), compute_uv=False
            ).sum()
        ),
    }


def singular_row(rows, columns):
    source = noise(5)
    matrix = np.array([[next(source) - 128 for _ in range(columns)] for _ in range(rows)], float)
    return {"rows": rows, "columns": columns, "values": np.linalg.svd(matrix, compute_uv=False).tolist()}


pictures, rebalanced = picture_rows()
print(
    json.dumps(
        {
            "versions": {
                "python": platform.python_version(),
                "numpy": np.__version__,
                "scipy": scipy.__version__,
                "scikit-image": skimage.__version__,
                "scikit-learn": sklearn.__version__,
            },
            "pictures": pictures,
            "aucRebalanced": rebalanced,
            "discriminator": discriminator_row(),
            "frechet": [frechet_row(40, 30, 6), frechet_row(25, 25, 12), frechet_row(8, 12, 20)],
            "singular": [singular_row(7, 7), singular_row(12, 5), singular_row(4, 9)],
        },
        indent=1,
    )
)
