/** A program with worker processes that works until it is killed; prints their ids once they are at work. Runs the compiled code. */
import { execFileSync } from 'node:child_process'
import { EncoderPool } from '../../dist/src/pool/encoder-pool.js'

const pool = await EncoderPool.create({ workers: 2, isolation: 'processes' })
const encoder = pool.encoder({ dense: 'sentence-transformers/all-MiniLM-L6-v2' })
await encoder.encodePiece(['one that has its model is at work, the other one is idle'], 'query')
const pids = execFileSync('ps', ['-o', 'pid=,args=', '--ppid', String(process.pid)], { encoding: 'utf8' })
  .split('\n')
  .filter((line) => line.includes('encode-process.js'))
  .map((line) => Number.parseInt(line, 10))
const texts = Array.from({ length: 4000 }, (_, i) => `${i} ${'a text that takes a while to encode '.repeat(30)}`)
const running = encoder.encodePiece(texts, 'document')
process.stdout.write(`${JSON.stringify(pids)}\n`)
await running
