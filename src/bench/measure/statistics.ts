import type { RowUnit } from '../row.js'

/**
 * The middle of the values; of an even number, the mean of the two in the middle. Of none it is NaN.
 * median([3, 1, 2]) is 2, median([1, 2]) is 1.5.
 */
export function median(values: readonly number[]): number {
  return quantile(values, 0.5)
}

/** The value below which a share of the values lies, 0 … 1, interpolated linearly; of none it is NaN. */
export function quantile(values: readonly number[], share: number): number {
  if (values.length === 0) return Number.NaN
  const sorted = [...values].sort((a, b) => a - b)
  const at = (sorted.length - 1) * share
  const below = sorted[Math.floor(at)]!
  return below + (sorted[Math.ceil(at)]! - below) * (at - Math.floor(at))
}

/**
 * How many times as fast one row is as another: the median over the rounds in which both were measured, because the two values
 * of a round saw the same machine. Times count the other way round than rates. Null without such a round.
 */
export function speedRatio(
  values: readonly (number | null)[],
  reference: readonly (number | null)[],
  unit: RowUnit,
): number | null {
  const ratios = values.flatMap((value, round) => {
    const other = reference[round] ?? null
    if (value === null || other === null || value <= 0 || other <= 0) return []
    return [unit === 'ms' ? other / value : value / other]
  })
  return ratios.length === 0 ? null : median(ratios)
}

/** The order of a round: every other round runs backwards, so that what a row leaves behind (heat, caches) falls on different rows. */
export function orderOfRound<T>(items: readonly T[], round: number): T[] {
  return round % 2 === 0 ? [...items] : [...items].reverse()
}
