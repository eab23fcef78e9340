// Opens a store for writing, then stores a batch for each line of stdin, which is its number, or batch after batch for `on`; says on stdout how each
// of these ended. Arguments: folder, and from where the store is looked at, as JSON.
import { writeSync } from 'node:fs'
import { createInterface } from 'node:readline'
import type { OffgridError } from '../../../src/errors.js'
import { openLocalStorage } from '../../../src/stores/local/local-storage.js'
import { batchOf, CONFIG } from './batches.js'

const [path, place] = process.argv.slice(2)
const say = (word: string) => writeSync(1, `${word}\n`)

try {
  const storage = await openLocalStorage({ path: path! }, place === undefined ? undefined : JSON.parse(place))
  const table = storage.collections().has('points')
    ? await storage.openTable('points')
    : await storage.createCollection('points', { config: CONFIG, indexes: {} })
  const store = async (number: number) => {
    try {
      await table.apply(batchOf(number))
      say(`stored ${number}`)
      return true
    } catch (error) {
      say((error as OffgridError).code)
      return false
    }
  }
  say('opened')
  for await (const line of createInterface({ input: process.stdin })) {
    if (line === 'alias')
      await storage.setAliases(new Map([['a', 'points']])).then(
        () => say('named'),
        (error) => say(error.code),
      )
    else if (line === 'compact')
      await storage.compactCollection('points').then(
        () => say('compacted'),
        (error) => say(error.code),
      )
    else if (line === 'on') for (let number = 0; await store(number); number++);
    else await store(Number(line))
  }
  await storage.close()
} catch (error) {
  say((error as OffgridError).code)
}
