import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { randomNumbers } from '../../src/scoring/random-numbers.js'
import { writeRequest } from '../../src/stores/qdrant/wire/request-text.js'
import { MAX_FLOAT_BYTES, writeFloats } from '../../src/vectors/float-text.js'

function write(value: number, withPoint = false): string {
  const out = Buffer.alloc(MAX_FLOAT_BYTES)
  return out.toString('latin1', 0, writeFloats(out, 0, Float32Array.of(value), 0, 1, withPoint))
}

/** Fewest significant digits that read back as the same float32. */
function fewestDigits(value: number): number {
  let digits = 1
  while (Math.fround(Number(value.toPrecision(digits))) !== value) digits++
  return digits
}

function countDigits(text: string): number {
  return text.replace(/e.*/, '').replace(/[-.]/g, '').replace(/^0+/, '').replace(/0+$/, '').length
}

describe('the text of a float32', () => {
  test.each([
    [0, '0'],
    [-0, '-0'],
    [1, '1'],
    [-1, '-1'],
    [0.5, '0.5'],
    [Math.fround(0.1), '0.1'],
    [Math.fround(0.3), '0.3'],
    [Math.fround(-0.0123), '-0.0123'],
    [Math.fround(123.456), '123.456'],
    [65504, '65504'],
    [9999999, '9999999'],
    [Math.fround(16777216), '1.6777216e7'],
    [Math.fround(1e-7), '1e-7'],
    [Math.fround(3.4028234663852886e38), '3.4028235e38'],
    [Math.fround(1e-45), '1e-45'],
    [0.0999755859375, '0.099975586'],
  ])('of %d is %s', (value, text) => {
    expect(write(value)).toBe(text)
  })

  test.each([
    [0, '0.0'],
    [3, '3.0'],
    [-200, '-200.0'],
    [0.25, '0.25'],
    [Math.fround(1e20), '1.0e20'],
  ])('of %d in a multivector has a decimal point: %s', (value, text) => {
    expect(write(value, true)).toBe(text)
  })

  test('reads back as the same float32 for every bit pattern, as JSON, within its room', () => {
    fc.assert(
      fc.property(fc.float({ noNaN: true, noDefaultInfinity: true }), fc.boolean(), (value, withPoint) => {
        const text = write(value, withPoint)
        expect(Object.is(Math.fround(JSON.parse(text)), value)).toBe(true)
        expect(text.length).toBeLessThanOrEqual(MAX_FLOAT_BYTES - 1)
        if (withPoint) expect(text).toContain('.')
      }),
      { numRuns: 5000 },
    )
  })

  test('has no more digits than needed, but for ties that readers round differently', () => {
    const random = randomNumbers(1)
    let longer = 0
    for (let i = 0; i < 50_000; i++) {
      const value = Math.fround((random() - 0.5) * 10 ** (i % 5))
      if (countDigits(write(value)) > fewestDigits(value)) longer++
    }
    expect(longer).toBeLessThanOrEqual(5)
  })

  test('of a value that was float16 or int8 is short', () => {
    for (let i = -127; i <= 127; i++) expect(write(i / 128).length).toBeLessThanOrEqual('-0.0078125'.length)
  })

  test('of a part of a larger array is the list of that part', () => {
    const out = Buffer.alloc(200)
    const values = new Float32Array(new Float32Array([9, 1, 2.5, -3, 9]).buffer, 4, 3)
    expect(out.toString('latin1', 0, writeFloats(out, 0, values, 0, 3, false))).toBe('1,2.5,-3')
    expect(out.toString('latin1', 0, writeFloats(out, 0, values, 1, 2, true))).toBe('2.5')
  })
})

describe('the text of a request', () => {
  test('writes rows of whole numbers with a decimal point, so that no server reads them as a sparse vector', () => {
    const body = {
      prefetch: [
        {
          query: [
            [3, 4],
            [1, 0],
          ],
          using: 'late',
        },
      ],
      query: {
        nearest: [
          [0, 0],
          [3, 3],
        ],
      },
    }
    expect(writeRequest(body)).toBe(
      '{"prefetch":[{"query":[[3.0,4.0],[1.0,0.0]],"using":"late"}],"query":{"nearest":[[0.0,0.0],[3.0,3.0]]}}',
    )
  })

  test('takes typed arrays as lists', () => {
    expect(writeRequest({ query: Float32Array.of(0.5, 1) })).toBe('{"query":[0.5,1.0]}')
    expect(writeRequest({ query: { indices: Uint32Array.of(7, 4294967295), values: Float64Array.of(1.25, 2) } })).toBe(
      '{"query":{"indices":[7,4294967295],"values":[1.25,2]}}',
    )
  })

  test('is what JSON.stringify writes wherever there are no rows of numbers', () => {
    const json = fc.jsonValue().filter((value) => !/\[\[-?\d/.test(JSON.stringify(value)))
    fc.assert(
      fc.property(json, (value) => {
        expect(writeRequest(value)).toBe(JSON.stringify(value))
      }),
    )
    const body = {
      ids: [1, 2],
      filter: undefined,
      at: new Date(0),
      nothing: null,
      nan: [Number.NaN],
      none: [undefined],
    }
    expect(writeRequest(body)).toBe(JSON.stringify(body))
  })
})
