import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { maxJsonBytes, vectorJson, writeVectorJson } from '../../src/vectors/vector-json.js'

const late = (rows: readonly (readonly number[])[]) => {
  const dimension = rows[0]?.length ?? 0
  return { rows: rows.length, dimension, values: Float32Array.from(rows.flat()) }
}

describe('a vector as JSON', () => {
  test('a multivector has a decimal point in every number, so that two rows of whole numbers are no sparse vector', () => {
    expect(
      vectorJson(
        late([
          [3, 4],
          [1, 0],
        ]),
      ),
    ).toBe('[[3.0,4.0],[1.0,0.0]]')
    expect(vectorJson(late([[-1, 0.5]]))).toBe('[[-1.0,0.5]]')
    expect(vectorJson(late([]))).toBe('[]')
  })

  test('a dense vector is a list, a sparse one indices and values', () => {
    expect(vectorJson(Float32Array.of(0.25, -1, 0))).toBe('[0.25,-1,0]')
    const sparse = {
      indices: Uint32Array.of(1, 4294967295),
      values: Float64Array.of(0.3, 1.2),
    }
    expect(vectorJson(sparse)).toBe('{"indices":[1,4294967295],"values":[0.3,1.2]}')
    expect(vectorJson({ indices: new Uint32Array(), values: new Float64Array() })).toBe('{"indices":[],"values":[]}')
  })

  test('whatever float32 is written reads back as the same bits', () => {
    const floats = fc.array(fc.float({ noNaN: true, noDefaultInfinity: true }), { minLength: 1, maxLength: 20 })
    fc.assert(
      fc.property(floats, (numbers) => {
        const values = Float32Array.from(numbers)
        expect(Float32Array.from(JSON.parse(vectorJson(values)))).toEqual(values)
        expect(Float32Array.from(JSON.parse(vectorJson(late([numbers])))[0])).toEqual(values)
      }),
    )
  })

  test('a vector takes no more bytes than were reserved for it', () => {
    const double = fc.double({ noNaN: true, noDefaultInfinity: true })
    const float = fc.float({ noNaN: true, noDefaultInfinity: true })
    const index = fc.integer({ min: 0, max: 2 ** 32 - 1 })
    const vectors = fc.oneof(
      fc.array(float).map((values) => Float32Array.from(values)),
      fc.array(fc.tuple(index, double)).map((pairs) => ({
        indices: Uint32Array.from(pairs, ([at]) => at),
        values: Float64Array.from(pairs, ([, value]) => value),
      })),
      fc.array(fc.tuple(index, float)).map((pairs) => ({
        indices: Uint32Array.from(pairs, ([at]) => at),
        values: Float32Array.from(pairs, ([, value]) => value),
      })),
      fc.array(fc.tuple(float, float)).map(late),
    )
    fc.assert(
      fc.property(vectors, (vector) => {
        const out = Buffer.alloc(maxJsonBytes(vector) + 1, 0x20)
        const end = writeVectorJson(out, 0, vector)
        expect(end).toBeLessThan(out.length)
        expect(() => JSON.parse(out.toString('latin1', 0, end))).not.toThrow()
      }),
    )
  })
})
