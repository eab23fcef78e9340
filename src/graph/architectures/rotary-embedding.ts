import { MICROSOFT_DOMAIN, type OnnxGraph } from '../onnx-graph.js'

export interface RotaryOptions {
  /** Of the tables. */
  readonly name: string
  /** Base of the frequencies. */
  readonly theta: number
  /** By which the frequencies are divided. @default 1 */
  readonly divisor?: number
  /** Floats per head; even. */
  readonly headSize: number
  /** Tokens that a text can have. */
  readonly maxPositions: number
}

/**
 * Adds the tables of a rotary position embedding, and gives what adds its application to [batch, tokens, hidden]: the two halves
 * of each head are turned against each other by angles position × theta^(−2i / head size).
 * @see https://arxiv.org/abs/2104.09864
 */
export function createRotation(graph: OnnxGraph, options: RotaryOptions): (input: string, output: string) => string {
  const { name, theta, divisor = 1, headSize, maxPositions } = options
  const half = headSize / 2
  const cosines = new Float32Array(maxPositions * half)
  const sines = new Float32Array(maxPositions * half)
  for (let i = 0; i < half; i++) {
    // rounded where the published implementations round to float32: the angle of a late position shows it
    const power = Math.fround(theta ** Math.fround((2 * i) / headSize))
    const frequency = Math.fround(Math.fround(1 / power) / Math.fround(divisor))
    for (let position = 0; position < maxPositions; position++) {
      const angle = Math.fround(position * frequency)
      cosines[position * half + i] = Math.cos(angle)
      sines[position * half + i] = Math.sin(angle)
    }
  }
  const shape = [maxPositions, half]
  const tables = [
    graph.indices('first_position', 0),
    graph.constant(`${name}.cosines`, { shape, values: cosines }),
    graph.constant(`${name}.sines`, { shape, values: sines }),
  ]
  return (input, output) => graph.add('RotaryEmbedding', [input, ...tables], output, {}, MICROSOFT_DOMAIN)
}
