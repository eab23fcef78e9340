import type { VectorComparison } from '../peers/compare-vectors.js'
import type { RowUnit } from '../row.js'

/** A rate or a time with three significant digits: 1234.5 → 1,230 in thousands, 45.67 → 45.7. */
export function formatValue(value: number | null): string {
  if (value === null) return 'failed'
  return value.toLocaleString('en-US', { maximumSignificantDigits: value >= 1000 ? 4 : 3 })
}

export function formatUnit(value: number | null, unit: RowUnit): string {
  return value === null ? 'failed' : `${formatValue(value)} ${unit}`
}

/** Bytes as megabytes of a million. */
export function formatMegabytes(bytes: number | null): string {
  return bytes === null ? '' : `${Math.round(bytes / 1e6)} MB`
}

/** `1.39× fastembed, 0.95× session-fp32` */
export function formatRatios(ratios: Readonly<Record<string, number>>): string {
  return Object.entries(ratios)
    .map(([name, ratio]) => `${ratio.toFixed(2)}× ${name}`)
    .join(', ')
}

/** Difference and cosines, those near one by how much they lack. */
export function formatComparisons(vectors: Readonly<Record<string, VectorComparison>>): string {
  return Object.entries(vectors)
    .map(([name, { largestDifference, minCosine, meanCosine }]) => {
      const difference = largestDifference === 0 ? 'equal' : `≤ ${largestDifference.toExponential(1)}`
      return `${name}: ${difference}, cos ${minCosine.toFixed(4)} / ${meanCosine.toFixed(4)}`
    })
    .join('; ')
}
