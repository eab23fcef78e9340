/** Share of the pairs of letters that two names must have in common to be taken for each other. */
const LEAST_SHARE = 0.5

/**
 * The name that somebody may have meant by one that no model has; undefined where none is near.
 * @see Dice, Measures of the amount of ecologic association between species, 1945: twice the shared pairs over all pairs
 */
export function nearestModel(wanted: string, names: readonly string[]): string | undefined {
  const pairs = pairsOf(wanted)
  const shares = names.map((name) => {
    const others = pairsOf(name)
    const shared = [...pairs].filter((pair) => others.has(pair)).length
    return { name, share: (2 * shared) / (pairs.size + others.size) }
  })
  return shares.filter(({ share }) => share >= LEAST_SHARE).sort((a, b) => b.share - a.share)[0]?.name
}

/** Each two letters that stand together in the last part of a name. */
function pairsOf(name: string): ReadonlySet<string> {
  const last = lastPart(name).toLowerCase()
  return new Set(Array.from({ length: Math.max(0, last.length - 1) }, (_, i) => last.slice(i, i + 2)))
}

/** A model's name without its owner. */
export function lastPart(name: string): string {
  return name.slice(name.lastIndexOf('/') + 1)
}
