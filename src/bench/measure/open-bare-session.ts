import { openTransformerGraph } from '../../encoders/network/transformer-graph.js'
import type { Precision } from '../../graph/encoder-graph.js'
import { openModel } from '../../onnx/model-files.js'
import type { OnnxSession } from '../../onnx/session.js'
import { DENSE_MODEL } from '../row.js'

/** The session that the dense encoder runs, without tokenizer, grouping and copying; one ONNX Runtime thread. */
export async function openBareSession(precision: Precision): Promise<OnnxSession> {
  const options = {
    model: await openModel(DENSE_MODEL),
    outputs: ['sentence_embedding'] as const,
    threads: 1,
    precision,
  }
  return (await openTransformerGraph(options)).session
}
