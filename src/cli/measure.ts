import { measureRow } from '../bench/measure/measure-row.js'
import type { MeasureRequest } from '../bench/measure/measurement.js'
import { toErrorRecord } from '../error-record.js'

/**
 * A process of `offgrid bench` that measures one row and prints it as one line of JSON:
 *
 *     node dist/src/cli/measure.js '{"task": {"kind": "encode", "spec": {…}}, "documents": "documents.jsonl", …}'
 */
try {
  const measurement = await measureRow(JSON.parse(process.argv[2] ?? '') as MeasureRequest)
  process.stdout.write(`${JSON.stringify(measurement)}\n`)
} catch (error) {
  const { code, message } = toErrorRecord(error)
  process.stderr.write(`${message} [${code}]\n`)
  process.exitCode = 1
}
