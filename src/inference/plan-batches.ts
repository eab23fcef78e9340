import type { EncoderSpec } from '../encoders/open-encoder.js'
import type { ModelSpec } from './model-spec.js'

/** The distinct texts that a request holds for one model with one set of options, or what stands for them. */
export interface TextGroup<Text = string> extends ModelSpec {
  readonly texts: ReadonlySet<Text>
}

/** Texts that are encoded together, and the groups that take their vectors from it. */
export interface PlannedBatch<Group extends TextGroup<Text>, Text = string> {
  readonly spec: EncoderSpec
  readonly texts: readonly Text[]
  readonly groups: readonly Group[]
}

/**
 * One batch for each group; a dense and a late-interaction group over the same checkpoint, options and texts share one, since one forward
 * pass gives both vectors.
 */
export function planBatches<Group extends TextGroup<Text>, Text = string>(
  groups: Iterable<Group>,
): PlannedBatch<Group, Text>[] {
  const batches: PlannedBatch<Group, Text>[] = []
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

function shareRun<Text>(dense: TextGroup<Text>, late: TextGroup<Text>): boolean {
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
