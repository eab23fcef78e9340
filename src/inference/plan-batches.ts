import type { EncoderSpec } from '../encoders/open-encoder.js'
import type { DistinctText } from './distinct-texts.js'
import type { ModelSpec } from './model-spec.js'

/** The distinct texts that a request holds for one model with one set of options. */
export interface TextGroup extends ModelSpec {
  readonly texts: ReadonlySet<DistinctText>
}

/** Texts that are encoded together, and the groups that take their vectors from it. */
export interface PlannedBatch<Group extends TextGroup> {
  readonly spec: EncoderSpec
  readonly texts: readonly DistinctText[]
  readonly groups: readonly Group[]
}

/**
 * One batch for each group; a dense and a late-interaction group over the same checkpoint, options and texts share one, since one forward
 * pass gives both vectors.
 */
export function planBatches<Group extends TextGroup>(groups: Iterable<Group>): PlannedBatch<Group>[] {
  const batches: PlannedBatch<Group>[] = []
  const rest = new Set(groups)
  for (const late of rest) {
    const dense = [...rest].find((group) => shareRun(group, late))
    if (dense === undefined) continue
    rest.delete(late)
    rest.delete(dense)
    batches.push({ spec: { ...dense.spec, ...late.spec }, texts: [...dense.texts], groups: [dense, late] })
  }
  for (const group of rest) batches.push({ spec: group.spec, texts: [...group.texts], groups: [group] })
  return batches
}

function shareRun(dense: TextGroup, late: TextGroup): boolean {
  return (
    dense.entry.kind === 'dense' &&
    late.entry.kind === 'late' &&
    late.entry.base === dense.entry.name &&
    late.entry.maxTokens === dense.entry.maxTokens &&
    optionsOf(late) === optionsOf(dense) &&
    late.texts.size === dense.texts.size &&
    [...late.texts].every((text) => dense.texts.has(text))
  )
}

/** The spec without its models, as a text. */
function optionsOf({ spec: { dense: _dense, late: _late, ...options } }: ModelSpec): string {
  return JSON.stringify(options)
}
