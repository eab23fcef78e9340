import { getOrMake } from '../../get-or-make.js'

/**
 * Tokens of a run that texts of equal length fill together. Short texts gain from company until a few hundred tokens, long ones
 * lose by it, because a small working set stays in the processor's cache; the same in int8 (docs/adr/0006-what-did-not-pay.md). Runs stay far below 200 ms,
 * so that cancelling and progress stay live.
 */
export const RUN_TOKENS = 256

/**
 * Groups texts into runs: only texts of exactly equal length share one, up to {@link RUN_TOKENS} tokens; longest first.
 * @param lengths tokens of each text
 * @param runTokens tokens of a run; 0 for every text by itself
 * @returns indices into `lengths`, each exactly once
 */
export function planRuns(lengths: readonly number[], runTokens = RUN_TOKENS): number[][] {
  const byLength = new Map<number, number[]>()
  for (const [i, length] of lengths.entries()) {
    getOrMake(byLength, length, (): number[] => []).push(i)
  }
  const runs: number[][] = []
  for (const [length, group] of [...byLength].sort(([a], [b]) => b - a)) {
    const rows = Math.max(1, Math.floor(runTokens / Math.max(1, length)))
    for (let begin = 0; begin < group.length; begin += rows) runs.push(group.slice(begin, begin + rows))
  }
  return runs
}
