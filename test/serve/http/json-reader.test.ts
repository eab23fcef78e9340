import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { JsonReader } from '../../../src/serve/http/json-reader.js'
import { MemoryBudget } from '../../../src/serve/http/memory-budget.js'

const LIMITS = { depth: 64, values: 500_000 }
const ROOMY = 2 ** 40
/** So small that nearly every comma of a list is a place to cut. */
const PART_BYTES = 3

interface Reading {
  readonly limits?: typeof LIMITS
  readonly partBytes?: number
  /** Bytes of each piece in which the text comes. */
  readonly sizes?: readonly number[]
}

function read(text: string | Uint8Array, { limits = LIMITS, partBytes, sizes = [] }: Reading = {}): unknown {
  const bytes = typeof text === 'string' ? Buffer.from(text) : text
  const reader = new JsonReader(limits, new MemoryBudget(ROOMY).open(), partBytes)
  let at = 0
  for (let i = 0; at < bytes.length; i++) {
    const end = at + (sizes[i % sizes.length] ?? bytes.length)
    reader.write(bytes.subarray(at, end))
    at = end
  }
  return parsed(reader)
}

/** The value, without a turn of the event loop between its parts. */
function parsed(reader: JsonReader): unknown {
  const parsing = reader.parse()
  for (;;) {
    const { done, value } = parsing.next()
    if (done) return value
  }
}

/** The value, or that it is none. */
function outcome(parse: () => unknown): unknown {
  try {
    return { value: parse() }
  } catch {
    return 'no JSON'
  }
}

const sizes = fc.array(fc.integer({ min: 1, max: 9 }), { minLength: 1, maxLength: 5 })
const name = fc.oneof(fc.constantFrom('a', 'b', 'token', '__proto__', '7', '"\\', 'é'), fc.string())
const bodies = fc.dictionary(
  name,
  fc.oneof(fc.jsonValue({ maxDepth: 2 }), fc.array(fc.jsonValue({ maxDepth: 3 }), { maxLength: 12 })),
)

describe('a body that is parsed in parts while it comes', () => {
  test('is what JSON.parse makes of the whole, however it is cut and in whatever pieces it comes', () => {
    fc.assert(
      fc.property(bodies, sizes, fc.constantFrom(0, 1), (body, pieces, indent) => {
        const text = JSON.stringify(body, null, indent)
        expect(read(text, { partBytes: PART_BYTES, sizes: pieces })).toEqual(JSON.parse(text))
        expect(Object.keys(read(text, { partBytes: PART_BYTES, sizes: pieces }) as object)).toEqual(
          Object.keys(JSON.parse(text)),
        )
      }),
      { numRuns: 300 },
    )
  })

  test('is refused where JSON.parse refuses it, and taken where it takes it, whatever is wrong with it', () => {
    const place = fc.double({ min: 0, max: 1, noNaN: true })
    const insert = fc.constantFrom('', ',', ']', '[', '{', '}', '"', ':', '\\', ' ', '1', '[1,2,3],', '"a":[1,2,3],')
    fc.assert(
      fc.property(bodies, sizes, place, insert, fc.integer({ min: 0, max: 2 }), (body, pieces, where, what, drop) => {
        const text = JSON.stringify(body)
        const at = Math.floor(where * text.length)
        const changed = Buffer.from(text.slice(0, at) + what + text.slice(at + drop))
        const parts = outcome(() => read(changed, { partBytes: PART_BYTES, sizes: pieces }))
        expect(parts).toEqual(outcome(() => JSON.parse(changed.toString())))
      }),
      { numRuns: 1_000 },
    )
  })

  test.each([
    ['a list that ends with a comma', '{"a":[1,2,3,]}'],
    ['a list that begins with one', '{"a":[,1,2,3]}'],
    ['a list with two in a row', '{"a":[1,,2,3]}'],
    ['a list that is closed as an object', '{"a":[1,2,3}}'],
    ['two lists for one name', '{"a":[1,2,3][4,5,6]}'],
    ['two texts', '{"a":[1,2,3]} {"a":[4,5,6]}'],
    ['a byte order mark within', '{"a":[1,\ufeff2,3]}'],
    ['nothing', ''],
  ])('is refused with a code: %s', (_, text) => {
    expect(() => read(text, { partBytes: 1 })).toThrow(expect.objectContaining({ status: 400, code: 'INVALID_JSON' }))
  })

  test('of a name that stands twice has the last value, as in JSON.parse', () => {
    for (const text of ['{"a":[1,2,3],"a":[4,5]}', '{"a":[1,2,3],"a":7}', '{"a":7,"a":[4,5]}', '{"a":[1,2],"a":[]}']) {
      expect(read(text, { partBytes: 1 })).toEqual(JSON.parse(text))
    }
  })

  test('that is not UTF-8 is refused', () => {
    const wrong = Buffer.from('{"a":["x","y","z"]}')
    wrong[7] = 0xff
    expect(() => read(wrong, { partBytes: 1 })).toThrow(expect.objectContaining({ code: 'INVALID_JSON' }))
  })
})

describe('a body that would become too much', () => {
  const MIB = 2 ** 20

  test('is refused by its depth before it is parsed', () => {
    const deep = (levels: number) => `{"a":${'['.repeat(levels - 1)}${']'.repeat(levels - 1)}}`
    expect(read(deep(64))).toBeTypeOf('object')
    expect(() => read(deep(65))).toThrow(expect.objectContaining({ status: 400, code: 'JSON_TOO_DEEP' }))
    expect(() => read('['.repeat(MIB))).toThrow(expect.objectContaining({ code: 'JSON_TOO_DEEP' }))
    expect(read(`{"a":"${'['.repeat(1_000)}"}`)).toBeTypeOf('object')
  })

  test.each([
    ['objects', '{},'],
    ['objects with a name', '{"0":0},'],
    ['lists', '[],'],
    ['numbers', '1,'],
    ['empty texts', '"",'],
  ])('is refused by its values after a part of it: %s', (_, element) => {
    const budget = new MemoryBudget(ROOMY)
    const reader = new JsonReader(LIMITS, budget.open())
    const piece = Buffer.from(element.repeat(Math.floor(65_536 / element.length)))
    let written = 0
    const write = () => {
      reader.write(Buffer.from('{"x":['))
      for (; written < 32 * MIB; written += piece.length) reader.write(piece)
    }
    expect(write).toThrow(expect.objectContaining({ status: 413, code: 'REQUEST_TOO_LARGE' }))
    expect(written).toBeLessThan(6 * MIB)
    expect(budget.heldBytes).toBeGreaterThan(written)
    // bytes alone: nothing was parsed
    expect(budget.heldBytes).toBeLessThanOrEqual(written + piece.length + '{"x":['.length)
  })

  test('is refused by the values of one element, and by those beside the lists', () => {
    const many = (inner: string) => `[${Array.from({ length: 30_000 }, () => inner).join()}]`
    for (const text of [`{"x":[${many('{}')}]}`, `{"x":{"y":${many('1')}}}`, `{"x":[[1],${many('[]')},[1]]}`]) {
      expect(() => read(text)).toThrow(expect.objectContaining({ status: 413, code: 'REQUEST_TOO_LARGE' }))
    }
  })

  test('counts in the memory budget what it becomes, and not its bytes alone', () => {
    const budget = new MemoryBudget(ROOMY)
    const hold = (text: string) => {
      const share = budget.open()
      const reader = new JsonReader(LIMITS, share)
      reader.write(Buffer.from(text))
      parsed(reader)
      const held = budget.heldBytes
      share.release()
      return held
    }
    const texts = (character: string) => JSON.stringify({ input: [character.repeat(100_000)] })
    expect(hold(texts('a'))).toBeLessThan(110_000)
    // one character that is no Latin-1 makes every one of them two bytes
    expect(hold(JSON.stringify({ input: [`${'a'.repeat(100_000)}語`] }))).toBeGreaterThan(200_000)
    expect(hold(JSON.stringify({ input: new Array(10_000).fill(1) }))).toBeGreaterThan(600_000)
  })
})
