import type { EncoderSpec } from '../../encoders/open-encoder.js'
import { measureBatches } from './measure-batches.js'
import { measureColdStart } from './measure-cold-start.js'
import { measureEncode } from './measure-encode.js'
import { measureGrowth } from './measure-growth.js'
import { measureIndex } from './measure-index.js'
import { measureIngest } from './measure-ingest.js'
import { measureQuality } from './measure-quality.js'
import { measureQuery } from './measure-query.js'
import { measureSession } from './measure-session.js'
import { measureTokenizer } from './measure-tokenizer.js'
import type { Measurement, MeasureRequest } from './measurement.js'

/** Measures one row in this process, which should have done nothing else before. */
export async function measureRow(request: MeasureRequest): Promise<Measurement> {
  const { task, maxTokens } = request
  const limited = (spec: EncoderSpec): EncoderSpec => (maxTokens === undefined ? spec : { ...spec, maxTokens })
  switch (task.kind) {
    case 'encode':
      return measureEncode(request, limited(task.spec))
    case 'session':
      return measureSession(request, task.precision)
    case 'ingest':
      return measureIngest(request, task.store, limited(task.spec))
    case 'query':
      return measureQuery(request, limited(task.spec))
    case 'cold-start':
      return measureColdStart(request, limited(task.spec))
    case 'tokenizer':
      return measureTokenizer(request, task.implementation)
    case 'batches':
      return measureBatches(task.precision)
    case 'growth':
      return measureGrowth(request, limited(task.spec), task.texts)
    case 'quality':
      return measureQuality(request, limited(task.spec))
    case 'index':
      return measureIndex(request, task.points)
  }
}
