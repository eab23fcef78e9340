import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { parseExactJson } from '../../../src/inputs/json/exact-json.js'

const SAFE = BigInt(Number.MAX_SAFE_INTEGER)

/** A JSON text, and what is to come of it. */
interface Case {
  readonly json: string
  readonly value: unknown
}

const integer = fc.bigInt({ min: -(10n ** 40n), max: 10n ** 40n })
const nearTheEdge = fc.tuple(fc.bigInt({ min: -3n, max: 3n }), fc.constantFrom(SAFE, -SAFE, 10n ** 15n, 2n ** 64n))
const integers = fc
  .oneof(
    integer,
    nearTheEdge.map(([step, edge]) => edge + step),
  )
  .map(
    (number): Case => ({
      json: String(number),
      value: number <= SAFE && number >= -SAFE ? Number(number) : String(number),
    }),
  )
/** All other JSON is what JSON.parse says: fractions of many digits, texts of digits, escapes. */
const others = fc
  .oneof(
    fc.double({ noNaN: true, noDefaultInfinity: true }).map((x) => (Number.isInteger(x) ? x + 0.5 : x)),
    fc.string(),
    fc.boolean(),
    fc.constant(null),
  )
  .filter((value) => typeof value !== 'number' || !/^-?\d+$/.test(JSON.stringify(value)))
  .map((value): Case => ({ json: JSON.stringify(value), value: JSON.parse(JSON.stringify(value)) }))
const texts = fc
  .constantFrom('12345678901234567890', '"quoted": 99999999999999999999', 'a\\', '\\"1745555555555555557\\"', '1e400')
  .map((value): Case => ({ json: JSON.stringify(value), value }))
const spaces = fc.constantFrom('', ' ', '\n', '\t ')

const { anything } = fc.letrec<{ anything: Case }>((tie) => ({
  anything: fc.oneof(
    { depthSize: 'small', withCrossShrink: true },
    integers,
    others,
    texts,
    fc.tuple(spaces, fc.array(tie('anything'), { maxLength: 4 })).map(([space, items]) => ({
      json: `[${items.map(({ json }) => space + json).join(',')}]`,
      value: items.map(({ value }) => value),
    })),
    fc
      .tuple(
        spaces,
        fc.uniqueArray(fc.tuple(fc.string(), tie('anything')), { maxLength: 4, selector: ([name]) => name }),
      )
      .map(([space, fields]) => ({
        json: `{${fields.map(([name, { json }]) => `${JSON.stringify(name)}${space}:${space}${json}`).join(',')}}`,
        value: Object.fromEntries(fields.map(([name, { value }]) => [name, value])),
      })),
  ),
}))

describe('an integer of a JSON text', () => {
  test('is a number where float64 holds it, and its digits as a string where it does not, at any depth; all else is as it is', () => {
    fc.assert(
      fc.property(anything, ({ json, value }) => {
        expect(parseExactJson(json)).toEqual(value)
      }),
      { numRuns: 2000 },
    )
  })

  test.each([
    ['{"author_id":1745555555555555557}', { author_id: '1745555555555555557' }],
    ['{"a":9007199254740991,"b":9007199254740992}', { a: 9007199254740991, b: '9007199254740992' }],
    ['{"a":-18446744073709551615}', { a: '-18446744073709551615' }],
    ['{"a":[[{"b":17455555555555555570}]]}', { a: [[{ b: '17455555555555555570' }]] }],
    [
      '{"a":0.12345678901234567,"b":12345678901234567.5,"c":1.7e18}',
      { a: Number('0.12345678901234567'), b: Number('12345678901234567.5'), c: 1.7e18 },
    ],
    ['{"1745555555555555557":1745555555555555557}', { '1745555555555555557': '1745555555555555557' }],
    ['{"__proto__":1745555555555555557}', JSON.parse('{"__proto__":"1745555555555555557"}')],
  ])('%s', (json, value) => {
    expect(parseExactJson(json)).toEqual(value)
  })
})

describe('a number that no float64 is near to', () => {
  test.each([
    ['{"big":1e400}', 'in the field "big"'],
    ['{"a":{"b":[1,2,-1E+999]}}', 'in the field "a.b[2]"'],
    ['[[{"x":1e400}]]', 'in the field "[0][0].x"'],
    [`{"digits.5":0.5,"n":[${'9'.repeat(400)}.5]}`, 'in the field "n[0]"'],
    ['{"a":1.e5}', ''],
    ['1e309', 'up to 1.8e308, got'],
  ])('is refused with the name of its field: %s', (json, where) => {
    const expected = json.includes('1.e5')
      ? { name: 'SyntaxError' }
      : { code: 'NUMBER_TOO_LARGE', message: expect.stringContaining(where) }
    expect(() => parseExactJson(json)).toThrow(expect.objectContaining(expected))
  })

  test('is looked for once, in a text of millions of digits, too', () => {
    const digits = '7'.repeat(5_000_000)
    expect(parseExactJson(`[${digits}]`)).toEqual([digits])
    expect(parseExactJson(`["${digits}"]`)).toEqual([digits])
    expect(parseExactJson(`[0.${digits}]`)).toEqual([Number(`0.${digits.slice(0, 20)}`)])
    expect(() => parseExactJson(`[${digits}.5]`)).toThrow(expect.objectContaining({ code: 'NUMBER_TOO_LARGE' }))
  })

  test('does not end the stack, however deep the text is', () => {
    const deep = `${'['.repeat(5000)}1e400${']'.repeat(5000)}`
    expect(Array.isArray(parseExactJson(deep))).toBe(true)
  })
})
