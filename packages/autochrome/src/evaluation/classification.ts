/** Counts of a two-class decision; positive = real. */
export interface BinaryConfusion {
  readonly tp: number;
  readonly fp: number;
  readonly fn: number;
  readonly tn: number;
}

export interface BinaryScores {
  readonly accuracy: number;
  readonly precision: number;
  readonly recall: number;
  readonly f1: number;
}

/** NaN where a quotient has no denominator. */
function share(part: number, whole: number): number {
  return whole === 0 ? Number.NaN : part / whole;
}

/**
 * Accuracy, precision tp/(tp+fp), recall tp/(tp+fn) and F1 = 2tp/(2tp+fp+fn); each in [0,1], NaN where its
 * denominator is 0 (no positive predicted, no positive present, nothing at all).
 */
export function binaryScores({ tp, fp, fn, tn }: BinaryConfusion): BinaryScores {
  return {
    accuracy: share(tp + tn, tp + fp + fn + tn),
    precision: share(tp, tp + fp),
    recall: share(tp, tp + fn),
    f1: share(2 * tp, 2 * tp + fp + fn),
  };
}

/** Per class, in the order of the confusion matrix. */
export interface ClassScores {
  readonly precision: readonly number[];
  readonly recall: readonly number[];
  readonly f1: readonly number[];
}

/**
 * One-against-the-rest scores of each class.
 *
 * @param confusion square matrix of counts, rows = true class, columns = predicted class
 */
export function classScores(confusion: readonly (readonly number[])[]): ClassScores {
  const scores = confusion.map((row, k) => {
    const tp = row[k];
    const present = row.reduce((sum, count) => sum + count, 0);
    const predicted = confusion.reduce((sum, other) => sum + other[k], 0);
    return binaryScores({ tp, fp: predicted - tp, fn: present - tp, tn: 0 });
  });
  return {
    precision: scores.map((score) => score.precision),
    recall: scores.map((score) => score.recall),
    f1: scores.map((score) => score.f1),
  };
}
