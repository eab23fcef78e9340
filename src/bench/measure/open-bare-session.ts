import { DEFAULT_MODELS } from '../../encoders/default-models.js'
import { openTransformerGraph } from '../../encoders/network/transformer-graph.js'
import type { Precision } from '../../graph/precision.js'
import { openModel } from '../../onnx/model-files.js'
import type { OnnxSession } from '../../onnx/session.js'

/** The session that the dense encoder runs, without tokenizer, grouping and copying; one ONNX Runtime thread. */
export async function openBareSession(precision: Precision): Promise<OnnxSession> {
  const options = {
    model: await openModel(DEFAULT_MODELS.dense),
    outputs: ['sentence_embedding'] as const,
    threads: 1,
    precision,
  }
  return (await openTransformerGraph(options)).session
}
