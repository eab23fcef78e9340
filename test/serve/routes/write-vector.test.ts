import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { writeVector } from '../../../src/serve/routes/write-vector.js'

const late = (rows: readonly (readonly number[])[]) => {
  const dimension = rows[0]?.length ?? 0
  return { kind: 'late' as const, rows: rows.length, dimension, values: Float32Array.from(rows.flat()) }
}
const written = (vector: Parameters<typeof writeVector>[0]) => [...writeVector(vector)].join('')

describe('writeVector', () => {
  test('a multivector has a decimal point in every number, so that two rows of whole numbers are no sparse vector', () => {
    expect(
      written(
        late([
          [3, 4],
          [1, 0],
        ]),
      ),
    ).toBe('[[3.0,4.0],[1.0,0.0]]')
    expect(written(late([[-1, 0.5]]))).toBe('[[-1.0,0.5]]')
    expect(written(late([]))).toBe('[]')
  })

  test('a dense vector is a list, a sparse one indices and values', () => {
    expect(written({ kind: 'dense', values: Float32Array.of(0.25, -1, 0) })).toBe('[0.25,-1,0]')
    const sparse = {
      kind: 'sparse' as const,
      indices: Uint32Array.of(1, 4294967295),
      values: Float64Array.of(0.3, 1.2),
    }
    expect(written(sparse)).toBe('{"indices":[1,4294967295],"values":[0.3,1.2]}')
    expect(written({ kind: 'sparse', indices: new Uint32Array(), values: new Float64Array() })).toBe(
      '{"indices":[],"values":[]}',
    )
  })

  test('whatever float32 is written reads back as the same bits', () => {
    const floats = fc.array(fc.float({ noNaN: true, noDefaultInfinity: true }), { minLength: 1, maxLength: 20 })
    fc.assert(
      fc.property(floats, (numbers) => {
        const values = Float32Array.from(numbers)
        expect(Float32Array.from(JSON.parse(written({ kind: 'dense', values })))).toEqual(values)
        expect(Float32Array.from(JSON.parse(written(late([numbers])))[0])).toEqual(values)
      }),
    )
  })
})
