import { readInPieces } from '../../files/read-in-pieces.js'

/** ONNX Runtime's operators that take one scale of activations over the whole batch, all by this name. */
const DYNAMIC = Buffer.from('DynamicQuantize')

/** Whether an ONNX file quantizes activations as it runs, so that the texts of a batch change each other's vectors. */
export async function quantizesWholeBatch(path: string): Promise<boolean> {
  let rest = Buffer.alloc(0)
  for await (const chunk of (await readInPieces(path)) as AsyncIterable<Buffer>) {
    const part = Buffer.concat([rest, chunk])
    if (part.includes(DYNAMIC)) return true
    rest = part.subarray(Math.max(0, part.length - DYNAMIC.length + 1))
  }
  return false
}
