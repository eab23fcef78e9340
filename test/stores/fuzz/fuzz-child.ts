// Runs operation after operation on a store until it is killed, and says on stdout what each one answered.
// Arguments: folder, seed, first operation, operation before which to stop, durability.
import { writeSync } from 'node:fs'
import { LocalClient } from '../../../src/stores/local-client/local-client.js'
import { randomOperation } from './random-operation.js'
import { runOperation } from './run-operation.js'

const [path, seed, first, end, durability] = process.argv.slice(2)
const client = await LocalClient.open({ path: path!, durability: durability as 'full' | 'process' })
writeSync(1, 'ready\n')
for (let number = Number(first); number < Number(end); number++) {
  writeSync(1, `${number} ${await runOperation(client, randomOperation(Number(seed), number))}\n`)
}
await client.close()
writeSync(1, 'end\n')
