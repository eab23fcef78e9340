import { readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { randomNumbers } from '../../src/scoring/random-numbers.js'

/** Values that a hostile or damaged file has in place of what belongs there. */
const JUNK: readonly unknown[] = [
  null,
  true,
  false,
  0,
  -1,
  1,
  0.5,
  2 ** 31,
  2 ** 53,
  1e308,
  -1e308,
  '',
  'a',
  '\u0000',
  '../../x',
  '(a+)+$',
  '[',
  'x'.repeat(5000),
  [],
  {},
  [null],
  [[]],
  [['a', 'b']],
  { type: 'Nothing' },
  { type: 'Sequence' },
  { '': '' },
]

type Random = () => number

function pick<T>(random: Random, values: readonly T[]): T {
  return values[Math.floor(random() * values.length)] as T
}

/** A place in a JSON value: the object or list, and the key in it. */
interface Slot {
  readonly owner: Record<string, unknown> | unknown[]
  readonly key: string | number
}

/** Places in a JSON value; of what has many alike, as a vocabulary, a few. */
function listSlots(value: unknown, random: Random, slots: Slot[] = []): Slot[] {
  if (typeof value !== 'object' || value === null) return slots
  const keys: (string | number)[] = Array.isArray(value) ? [...value.keys()] : Object.keys(value)
  const chosen = keys.length <= 12 ? keys : Array.from({ length: 12 }, () => pick(random, keys))
  for (const key of chosen) {
    slots.push({ owner: value as unknown[], key })
    listSlots((value as Record<string | number, unknown>)[key], random, slots)
  }
  return slots
}

/** JSON with one to three places changed: junk, another place's value, a removed or an unknown key, a list that repeats. */
export function mutateJson(text: string, random: Random): string {
  if (random() < 0.05) return Buffer.from(mutateBytes(Buffer.from(text), random)).toString('latin1')
  const value = { root: JSON.parse(text) as unknown }
  for (let changes = 1 + Math.floor(random() * 3); changes > 0; changes--) {
    const slots = listSlots(value, random)
    const slot = pick(random, slots)
    // the whole of it was removed
    if (slot === undefined) break
    const { owner, key } = slot
    const at = owner as Record<string | number, unknown>
    const kind = random()
    if (kind < 0.5) at[key] = structuredClone(pick(random, JUNK))
    else if (kind < 0.65) {
      const other = pick(random, slots)
      at[key] = structuredClone((other.owner as Record<string | number, unknown>)[other.key])
    } else if (kind < 0.8) {
      if (Array.isArray(owner)) owner.splice(Number(key), 1)
      else delete at[key]
    } else if (kind < 0.9 && typeof at[key] === 'number') at[key] = (at[key] as number) * pick(random, [-1, 0, 2, 1e6])
    else if (kind < 0.95 && Array.isArray(at[key]))
      at[key] = Array.from({ length: 50 }, () => at[key])
        .flat()
        .slice(0, 5000)
    else if (!Array.isArray(owner)) at[`unknown_${Math.floor(random() * 10)}`] = structuredClone(pick(random, JUNK))
  }
  // a number that no double holds is a number all the same
  const json = JSON.stringify(value.root) ?? 'null'
  return random() < 0.03 ? json.replace(/\d+/, '1e999') : json
}

/** Bytes with some changed, removed, put in, or the end cut off. */
export function mutateBytes(bytes: Buffer, random: Random): Buffer {
  const kind = random()
  const at = Math.floor(random() * bytes.length)
  if (bytes.length === 0) return bytes
  if (kind < 0.1) return bytes.subarray(0, at)
  if (kind < 0.15) return Buffer.concat([bytes, Buffer.alloc(Math.floor(random() * 100), 0xff)])
  if (kind < 0.2) return Buffer.concat([bytes.subarray(0, at), bytes.subarray(at + 1 + Math.floor(random() * 16))])
  const changed = Buffer.from(bytes)
  for (let n = 1 + Math.floor(random() * 8); n > 0; n--) {
    // headers are in front: half of the changes go there
    const place = Math.floor(random() * (random() < 0.5 ? Math.min(changed.length, 600) : changed.length))
    changed[place] = pick(random, [0, 1, 0x7f, 0x80, 0xff, Math.floor(random() * 256)])
  }
  if (kind > 0.9 && changed.length >= at + 4) {
    // a float that is none
    changed.writeUInt32LE(pick(random, [0x7fc00000, 0x7f800000, 0xff800000]), at & ~3)
  }
  return changed
}

/** safetensors: its header as JSON half of the time, its bytes else. */
export function mutateSafetensors(bytes: Buffer, random: Random): Buffer {
  if (random() < 0.5) return mutateBytes(bytes, random)
  const length = Number(bytes.readBigUInt64LE(0))
  const header = Buffer.from(mutateJson(bytes.toString('utf8', 8, 8 + length), random))
  const size = Buffer.alloc(8)
  size.writeBigUInt64LE(BigInt(header.length))
  return Buffer.concat([size, header, bytes.subarray(8 + length)])
}

/** Changes one file of a model's folder; the same seed makes the same change. @returns which file */
export function mutateFolder(folder: string, seed: number): string {
  const random = randomNumbers(seed)
  const files = readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name))
    .sort()
  // what is parsed most is changed most
  const heavy = files.filter((path) => /tokenizer\.json$|[\\/]config\.json$|\.safetensors$|\.onnx$/.test(path))
  const path = random() < 0.75 && heavy.length > 0 ? pick(random, heavy) : pick(random, files)
  const bytes = readFileSync(path)
  const isJson = /\.(json|metadata|vocab)$/.test(path)
  const changed = isJson
    ? mutateJson(bytes.toString('utf8'), random)
    : path.endsWith('.safetensors')
      ? mutateSafetensors(bytes, random)
      : mutateBytes(bytes, random)
  writeFileSync(path, changed)
  return path
}
