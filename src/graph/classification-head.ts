import { ModelError } from '../errors.js'
import type { OutputContext } from './output-context.js'

/** What the families call the two layers of their classification heads, and what is between these. */
interface HeadNames {
  readonly dense: string
  readonly activation: 'Tanh' | 'Relu'
  readonly classifier: string
}

const HEADS: readonly HeadNames[] = [
  { dense: 'pooler.dense', activation: 'Tanh', classifier: 'classifier' },
  { dense: 'classifier.dense', activation: 'Tanh', classifier: 'classifier.out_proj' },
  { dense: 'pre_classifier', activation: 'Relu', classifier: 'classifier' },
]

/**
 * Adds the output `logits`, float32 [batch, 1], of the head that BertForSequenceClassification, RobertaForSequenceClassification
 * and DistilBertForSequenceClassification with one label have: the row of `[CLS]`, a dense layer, its activation, the classifier.
 * @throws ModelError `CHECKPOINT_UNSUPPORTED` if there is no such head, or it has several labels
 */
export function addClassificationLogits({ graph, config, parameters, hiddenState, shape, axes }: OutputContext): void {
  const hidden = config.hiddenSize
  const names = HEADS.find(
    ({ dense, classifier }) => parameters.has(`${dense}.weight`) && parameters.has(`${classifier}.weight`),
  )
  if (names === undefined) {
    throw new ModelError(
      'CHECKPOINT_UNSUPPORTED',
      'There is no classification head in the checkpoint: expected "pooler.dense.weight" and "classifier.weight" or their like, as BertForSequenceClassification has them.',
    )
  }
  const byText = graph.add('Reshape', [hiddenState, shape], 'head.hidden')
  const row = graph.add('Gather', [byText, graph.index('head.first', 0)], 'head.row', { axis: 1n })
  const linear = (input: string, name: string, out: number, output: string): string =>
    graph.add(
      'Gemm',
      [input, parameters.add(`${name}.weight`, [out, hidden]), parameters.add(`${name}.bias`, [out])],
      output,
      { transB: 1n },
    )
  const pooled = graph.add(names.activation, [linear(row, names.dense, hidden, 'head.dense')], 'head.pooled')
  linear(pooled, names.classifier, 1, 'logits')
  axes.logits = ['batch', 1]
}
