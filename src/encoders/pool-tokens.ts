import { ModelError } from '../errors.js'
import type { Pooling } from '../onnx/manifest.js'
import type { RunOutput } from '../onnx/session.js'

/** A norm below this counts as this, so that zeros stay zeros. */
const SMALLEST_NORM = 1e-12

/** How one dense vector is made of what a network gives for a text. */
export interface DenseForm {
  readonly pooling: Pooling
  /** Floats per row of the network's output. */
  readonly hidden: number
  /** Floats that are kept, from the front; a cut vector is normalized again. */
  readonly dimension: number
  readonly normalize: boolean
}

/**
 * The dense vector of one text of a run, as FastEmbed pools: sums in float64, normalized before it is rounded to float32.
 * @param output float32 [batch, tokens, hidden], or [batch, hidden] of a graph that pools by itself
 * @param row the text in the batch
 * @param target float32 [dimension]
 * @throws ModelError `GRAPH_UNSUPPORTED` if the output has another shape
 */
export function poolTokens(output: RunOutput, row: number, form: DenseForm, target: Float32Array): void {
  const { shape, values } = output
  const { hidden } = form
  const isPooled = shape.length === 2
  if ((!isPooled && (shape.length !== 3 || form.pooling === 'none')) || shape.at(-1) !== hidden) {
    throw wrongShape(output, form)
  }
  const tokens = isPooled ? 1 : shape[1]!
  const begin = row * tokens * hidden
  const first = form.pooling === 'lastToken' ? begin + (tokens - 1) * hidden : begin
  const count = form.pooling === 'mean' ? tokens : 1
  const pooled = new Float64Array(form.dimension)
  for (let token = 0; token < count; token++) {
    const at = first + token * hidden
    for (let i = 0; i < form.dimension; i++) pooled[i]! += values[at + i]!
  }
  let divisor = count
  if (form.normalize) {
    let squares = 0
    for (let i = 0; i < form.dimension; i++) squares += (pooled[i]! / count) ** 2
    divisor = count * Math.max(Math.sqrt(squares), SMALLEST_NORM)
  }
  for (let i = 0; i < form.dimension; i++) target[i] = pooled[i]! / divisor
}

function wrongShape({ shape }: RunOutput, { pooling, hidden }: DenseForm): ModelError {
  const expected = pooling === 'none' ? `[texts, ${hidden}]` : `[texts, tokens, ${hidden}] or [texts, ${hidden}]`
  return new ModelError(
    'GRAPH_UNSUPPORTED',
    `The network's output is [${shape.join(', ')}]; with pooling "${pooling}" expected ${expected}. Name another output or pooling.`,
  )
}
