import type { AddLinear, LinearLayers, LinearSite, MatrixRows, Parameters } from '../linear.js'
import { MICROSOFT_DOMAIN, type OnnxGraph } from '../onnx-graph.js'

/** What an encoder's graph is put together from. */
export interface EncoderContext {
  readonly graph: OnnxGraph
  readonly parameters: Parameters
  readonly linear: AddLinear
  readonly hiddenSize: number
  readonly heads: number
  readonly epsilon: number
  /** Whether `attention_mask` is an input. */
  readonly hasMask: boolean
  /** Whether `token_type_ids` is an input. */
  readonly hasTypes: boolean
}

/** Reshapes [batch, tokens, hidden] to [batch × tokens, hidden], and keeps the shape as `shape` for the way back. */
export function addRows({ graph, hiddenSize }: EncoderContext, embedded: string): string {
  graph.add('Shape', [embedded], 'shape')
  return graph.add('Reshape', [embedded, graph.indices('rows', -1, hiddenSize)], 'x')
}

/** Adds a LayerNormalization of the last axis; its parameters are `name.weight` and, unless left out, `name.bias`. */
export function addNorm(context: EncoderContext, input: string, name: string, hasBias = true): string {
  const { graph, parameters, hiddenSize, epsilon } = context
  const weights = [`${name}.weight`, ...(hasBias ? [`${name}.bias`] : [])]
  const added = weights.map((weight) => parameters.add(weight, [hiddenSize]))
  return graph.add('LayerNormalization', [input, ...added], `${name}.normalized`, { axis: -1n, epsilon })
}

/** LayerNormalization of a sum: the fused SkipLayerNormalization is several times slower on the CPU. */
export function addSumNorm(context: EncoderContext, y: string, x: string, name: string): string {
  return addNorm(context, context.graph.add('Add', [y, x], `${name}.sum`), name)
}

/** One linear layer of an encoder layer. */
export async function addLinear(
  { linear }: EncoderContext,
  input: string,
  site: LinearSite,
  layer: number,
  name: string,
  shape: LinearLayers['shape'],
  hasBias = true,
): Promise<string> {
  return (await linear(input, { site, layer, names: [name], shape, hasBias }))[0]!
}

/** BERT's feed-forward network with Gelu between its two layers, added to what came in and normalized. */
export async function addFeedForward(
  context: EncoderContext,
  attended: string,
  layer: number,
  name: string,
  inner: number,
): Promise<string> {
  const { graph, hiddenSize: hidden } = context
  const expanded = await addLinear(context, attended, 'intermediate', layer, `${name}.intermediate.dense`, [
    inner,
    hidden,
  ])
  const activated = graph.add('Gelu', [expanded], `${name}.gelu`, {}, MICROSOFT_DOMAIN)
  const down = await addLinear(context, activated, 'output', layer, `${name}.output.dense`, [hidden, inner])
  return addSumNorm(context, down, attended, `${name}.output.LayerNorm`)
}

/** The rows of `count` matrices of equal size that stand one below the other. */
export function stackedRows(count: number, size: number): MatrixRows[] {
  return Array.from({ length: count }, (_, i) => ({ first: i * size, of: count * size }))
}

/** Query, key and value of one matrix in which they stand one below the other. */
export function addStackedProjections(
  { linear, hiddenSize }: EncoderContext,
  input: string,
  layer: number,
  name: string,
  hasBias: boolean,
): Promise<string[]> {
  const names = Array<string>(3).fill(name)
  const rows = stackedRows(3, hiddenSize)
  return linear(input, { site: 'qkv', layer, names, shape: [hiddenSize, hiddenSize], rows, hasBias })
}

export interface AttentionOptions {
  /** Of the nodes. */
  readonly name: string
  /** Query, key and value as [batch × tokens, hidden]. */
  readonly projections: readonly string[]
  /** Turns query and key, [batch, tokens, hidden] each, by their positions. */
  readonly rotate?: (input: string, output: string) => string
  /** What is added to every head's scores: float32 [1, 1 or heads, tokens, tokens]. */
  readonly bias?: string | undefined
}

/** Scaled dot-product attention over [batch × tokens, hidden] rows; gives rows again. */
export function addAttention(context: EncoderContext, { name, projections, rotate, bias }: AttentionOptions): string {
  const { graph, heads, hasMask, hiddenSize } = context
  const [query, key, value] = projections.map((projection) =>
    graph.add('Reshape', [projection, 'shape'], `${projection}3`),
  )
  const turned = [query!, key!].map((each) => (rotate === undefined ? each : rotate(each, `${each}.turned`)))
  const inputs = [...turned, value!]
  if (hasMask || bias !== undefined) inputs.push('', hasMask ? 'attention_mask' : '')
  if (bias !== undefined) inputs.push(bias)
  graph.add('MultiHeadAttention', inputs, name, { num_heads: BigInt(heads) }, MICROSOFT_DOMAIN)
  return graph.add('Reshape', [name, graph.indices('rows', -1, hiddenSize)], `${name}2`)
}

/** The distance of every token to every other, int64 [tokens, tokens]: column minus row. */
export function addDistances({ graph }: EncoderContext): string {
  const count = graph.add('Gather', ['shape', graph.index('one_index', 1)], 'token_count', { axis: 0n })
  const places = graph.add('Range', [graph.index('zero_index', 0), count, graph.index('one_index', 1)], 'token_places')
  const row = graph.add('Unsqueeze', [places, graph.indices('axis_0', 0)], 'token_places_row')
  const column = graph.add('Unsqueeze', [places, graph.indices('axis_1', 1)], 'token_places_column')
  return graph.add('Sub', [row, column], 'token_distances')
}
