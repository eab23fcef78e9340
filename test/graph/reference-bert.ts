import type { BertConfig } from '../../src/graph/architectures/bert-config.js'
import type { FloatTensor } from '../../src/graph/safetensors.js'

type Rows = number[][]
type Parameters = Readonly<Record<string, FloatTensor>>

/**
 * The forward pass of a BERT encoder on one text, in float64 and straight from the paper: the last hidden state [tokens, hidden].
 * @see https://arxiv.org/abs/1810.04805
 */
export function encodeByReference(
  config: BertConfig,
  parameters: Parameters,
  inputIds: readonly number[],
  tokenTypeIds: readonly number[] = inputIds.map(() => 0),
): Rows {
  const row = (name: string, i: number): number[] => rowOf(parameters[`embeddings.${name}_embeddings.weight`]!, i)
  let x = inputIds.map((id, position) => {
    const placed = addRows(row('word', id), row('position', position + (config.positionOffset ?? 0)))
    return config.typeVocabularySize === 0 ? placed : addRows(placed, row('token_type', tokenTypeIds[position]!))
  })
  const norm = (rows: Rows, name: string): Rows => rows.map((values) => layerNorm(config, parameters, name, values))
  const linear = (rows: Rows, name: string): Rows => rows.map((values) => applyLinear(parameters, name, values))
  x = norm(x, 'embeddings')
  for (let layer = 0; layer < config.layers; layer++) {
    const name = `encoder.layer.${layer}`
    const [q, k, v] = ['query', 'key', 'value'].map((part) => linear(x, `${name}.attention.self.${part}`)) as [
      Rows,
      Rows,
      Rows,
    ]
    const attended = linear(attend(config, q, k, v), `${name}.attention.output.dense`)
    const x1 = norm(
      attended.map((values, i) => addRows(values, x[i]!)),
      `${name}.attention.output`,
    )
    const inner = linear(x1, `${name}.intermediate.dense`).map((values) => values.map(gelu))
    const f = linear(inner, `${name}.output.dense`)
    x = norm(
      f.map((values, i) => addRows(values, x1[i]!)),
      `${name}.output`,
    )
  }
  return x
}

export function normalizeL2(values: readonly number[]): number[] {
  const norm = Math.sqrt(values.reduce((total, value) => total + value * value, 0))
  return values.map((value) => value / norm)
}

/** The L2-normalized mean of the rows. */
export function poolMean(rows: Rows): number[] {
  return normalizeL2(rows.reduce((total, values) => addRows(total, values)).map((value) => value / rows.length))
}

/** weight · values + bias. */
export function applyMap(weight: FloatTensor, bias: FloatTensor, values: readonly number[]): number[] {
  return Array.from(bias.values, (b, out) => rowOf(weight, out).reduce((total, w, i) => total + w * values[i]!, b))
}

function applyLinear(parameters: Parameters, name: string, values: readonly number[]): number[] {
  return applyMap(parameters[`${name}.weight`]!, parameters[`${name}.bias`]!, values)
}

function attend(config: BertConfig, q: Rows, k: Rows, v: Rows): Rows {
  const size = config.hiddenSize / config.heads
  return q.map((query) => {
    const output: number[] = []
    for (let head = 0; head < config.heads; head++) {
      const part = (values: readonly number[]): number[] => values.slice(head * size, (head + 1) * size)
      const scores = k.map((key) => dot(part(query), part(key)) / Math.sqrt(size))
      const top = Math.max(...scores)
      const weights = scores.map((score) => Math.exp(score - top))
      const total = weights.reduce((sum, weight) => sum + weight, 0)
      for (let i = 0; i < size; i++) {
        output.push(weights.reduce((sum, weight, t) => sum + (weight / total) * v[t]![head * size + i]!, 0))
      }
    }
    return output
  })
}

function layerNorm(config: BertConfig, parameters: Parameters, name: string, values: readonly number[]): number[] {
  const mean = values.reduce((total, value) => total + value, 0) / values.length
  const variance = values.reduce((total, value) => total + (value - mean) ** 2, 0) / values.length
  const { values: gain } = parameters[`${name}.LayerNorm.weight`]!
  const { values: shift } = parameters[`${name}.LayerNorm.bias`]!
  const deviation = Math.sqrt(variance + config.layerNormEpsilon)
  return values.map((value, i) => ((value - mean) / deviation) * gain[i]! + shift[i]!)
}

function gelu(x: number): number {
  return 0.5 * x * (1 + erf(x / Math.SQRT2))
}

/** The error function by its Taylor series; for |x| > 4 it is ±1 to 1e-8. */
function erf(x: number): number {
  if (Math.abs(x) > 4) return Math.sign(x)
  let term = x
  let total = x
  for (let n = 1; Math.abs(term) > 1e-17; n++) {
    term *= (-x * x) / n
    total += term / (2 * n + 1)
  }
  return (2 / Math.sqrt(Math.PI)) * total
}

function rowOf({ shape, values }: FloatTensor, i: number): number[] {
  const width = shape.at(-1)!
  return Array.from(values.subarray(i * width, (i + 1) * width))
}

function addRows(a: readonly number[], b: readonly number[]): number[] {
  return a.map((value, i) => value + b[i]!)
}

function dot(a: readonly number[], b: readonly number[]): number {
  return a.reduce((total, value, i) => total + value * b[i]!, 0)
}
