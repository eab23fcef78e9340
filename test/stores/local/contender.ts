// Waits for a byte on stdin, then tries to open the store, and says on stdout how that ended; holds it until stdin ends.
import { readSync, writeSync } from 'node:fs'
import type { StoreError } from '../../../src/errors.js'
import { openLocalStorage } from '../../../src/stores/local/local-storage.js'

writeSync(1, 'ready\n')
const byte = Buffer.alloc(1)
readSync(0, byte)
try {
  await openLocalStorage({ path: process.argv[2]! })
  writeSync(1, 'opened\n')
  readSync(0, byte)
} catch (error) {
  writeSync(1, `${(error as StoreError).code}\n`)
}
process.exit(0)
