// Stores batch after batch until it is killed, and says on stdout which ones were acknowledged.
// Arguments: folder, first batch, durability, compact after every so many batches.
import { writeSync } from 'node:fs'
import { openLocalStorage } from '../../../src/stores/local/local-storage.js'
import type { Durability } from '../../../src/stores/local/table-files.js'
import { batchOf, CONFIG } from './batches.js'

const [path, first, durability, compactEvery] = process.argv.slice(2)
const storage = await openLocalStorage({ path: path!, durability: durability as Durability })
let table = storage.collections().has('points')
  ? await storage.openTable('points')
  : await storage.createCollection('points', { config: CONFIG, indexes: {} })
writeSync(1, 'ready\n')
for (let number = Number(first); ; number++) {
  await table.apply(batchOf(number))
  writeSync(1, `${number}\n`)
  if (number % Number(compactEvery) === 0) table = await storage.compactCollection('points')
}
