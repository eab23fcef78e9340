import { existsSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { InputError } from '../../errors.js'
import { PACKAGE_FOLDER } from '../environment.js'

/** Where peers keep what they need: their packages, and the usual export of the model. */
export const PEERS_FOLDER = '.offgrid/bench-peers'
const PEER_SCRIPTS = join(PACKAGE_FOLDER, 'bench', 'peers')

/** A peer's program. @throws InputError `PEER_MISSING` outside a clone */
export function scriptOf(file: string): string {
  const script = join(PEER_SCRIPTS, file)
  if (existsSync(script)) return script
  throw new InputError('PEER_MISSING', `Peers are measured from a clone of the repository only: ${script} is missing.`)
}

/** The usual export of all-MiniLM-L6-v2, which no part of offgrid uses itself. @throws InputError `PEER_MISSING` */
export function modelFolder(): string {
  const folder = resolve(process.env.OFFGRID_BENCH_FASTEMBED_MODEL || join(PEERS_FOLDER, 'all-MiniLM-L6-v2'))
  if (existsSync(join(folder, 'model.onnx'))) return folder
  throw new InputError(
    'PEER_MISSING',
    `Peers need the usual export of all-MiniLM-L6-v2: expected model.onnx in ${folder} (OFFGRID_BENCH_FASTEMBED_MODEL). Make it: node bench/peers/make-fastembed-folder.js JAR, see bench/README.md.`,
  )
}
