import { ModelError } from '../../errors.js'
import { POOLINGS, type Pooling } from '../../onnx/manifest.js'
import type { RunOutput } from '../../onnx/session.js'

/** A norm below this counts as this, so that zeros stay zeros. */
const SMALLEST_NORM = 1e-12

/** How one dense vector is made of what a network gives for a text. */
export interface DenseForm {
  readonly pooling: Pooling
  /** Floats per row of the network's output. */
  readonly hidden: number
  readonly normalize: boolean
}

/**
 * The dense vector of one text of a run, as FastEmbed pools: sums in float64, normalized before it is rounded to float32.
 * @param output float32 [batch, tokens, hidden], or [batch, hidden] of a graph that pools by itself
 * @param row the text in the batch
 * @param target float32 [hidden]
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
  const [firstToken, count] = pooledTokens(form.pooling, tokens)
  const pooled = new Float64Array(hidden)
  for (let token = firstToken; token < firstToken + count; token++) {
    const at = begin + token * hidden
    for (let i = 0; i < hidden; i++) pooled[i]! += values[at + i]!
  }
  let divisor = count
  if (form.normalize) {
    let squares = 0
    for (let i = 0; i < hidden; i++) squares += (pooled[i]! / count) ** 2
    divisor = count * Math.max(Math.sqrt(squares), SMALLEST_NORM)
  }
  for (let i = 0; i < hidden; i++) target[i] = pooled[i]! / divisor
}

/** The first of the tokens whose mean is taken, and how many they are. @throws ModelError `MANIFEST_INVALID` */
function pooledTokens(pooling: Pooling, tokens: number): readonly [first: number, count: number] {
  switch (pooling) {
    case 'mean':
      return [0, tokens]
    case 'cls':
    case 'none':
      return [0, 1]
    case 'lastToken':
      return [tokens - 1, 1]
    default:
      throw new ModelError(
        'MANIFEST_INVALID',
        `Expected a pooling of ${POOLINGS.join(', ')}, got ${JSON.stringify(pooling)}.`,
      )
  }
}

function wrongShape({ shape }: RunOutput, { pooling, hidden }: DenseForm): ModelError {
  const expected = pooling === 'none' ? `[texts, ${hidden}]` : `[texts, tokens, ${hidden}] or [texts, ${hidden}]`
  return new ModelError(
    'GRAPH_UNSUPPORTED',
    `The network's output is [${shape.join(', ')}]; with pooling "${pooling}" expected ${expected}. Name another output or pooling.`,
  )
}
