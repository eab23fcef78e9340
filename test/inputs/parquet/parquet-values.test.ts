import { type ColumnSource, parquetWriteBuffer } from 'hyparquet-writer'
import { describe, expect, test } from 'vitest'
import { decimalValue } from '../../../src/inputs/parquet/parquet-decimals.js'
import { documentsOf, outcomesOf, readFileOf } from '../collect.js'

type Schema = NonNullable<Parameters<typeof parquetWriteBuffer>[0]['schema']>

const ID = 1_745_555_555_555_555_557n
/** 2021-06-01T12:00:00.123Z in microseconds. */
const TIME = 1_622_548_800_123_000n

async function payloadsOf(columnData: ColumnSource[], elements: Schema, top = elements.length) {
  const text: ColumnSource = { name: 'text', data: Array.from(columnData[0]!.data, () => 'equal') }
  const schema: Schema = [
    { name: 'root', num_children: top + 1 },
    { name: 'text', type: 'BYTE_ARRAY', converted_type: 'UTF8', repetition_type: 'REQUIRED' },
    ...elements,
  ]
  const bytes = Buffer.from(parquetWriteBuffer({ columnData: [text, ...columnData], schema }))
  return documentsOf(await readFileOf('a.parquet', bytes)).map(({ document }) => document)
}

describe('decimals of Parquet', () => {
  test.each<[string, Schema[number]]>([
    ['16 bytes', { name: 'id', type: 'FIXED_LEN_BYTE_ARRAY', type_length: 16, converted_type: 'DECIMAL', scale: 0 }],
    ['INT64', { name: 'id', type: 'INT64', converted_type: 'DECIMAL', scale: 0 }],
    [
      'INT64 by its logical type alone',
      { name: 'id', type: 'INT64', logical_type: { type: 'DECIMAL', scale: 0, precision: 18 } },
    ],
  ])('ids in a decimal of %s stay different documents beyond 2^53', async (_, element) => {
    const documents = await payloadsOf(
      [{ name: 'id', data: [ID, ID + 1n, 7n, -7n] }],
      [{ ...element, precision: 18, repetition_type: 'REQUIRED' }],
    )
    expect(documents.map(({ id }) => id)).toEqual([String(ID), String(ID + 1n), 7, '-7'])
    expect(documents.map(({ payload }) => payload.id)).toEqual([String(ID), String(ID + 1n), 7, -7])
  })

  test('a decimal is the number that its digits say, and text where no number keeps them', async () => {
    const documents = await payloadsOf(
      [{ name: 'price', data: [57n, 100n, -29n, null, ID * 100n, ID] }],
      [
        {
          name: 'price',
          type: 'FIXED_LEN_BYTE_ARRAY',
          type_length: 16,
          converted_type: 'DECIMAL',
          scale: 2,
          precision: 38,
          repetition_type: 'OPTIONAL',
        },
      ],
    )
    expect(documents.map(({ payload }) => payload.price)).toEqual([
      0.57,
      1,
      -0.29,
      null,
      String(ID),
      '17455555555555555.57',
    ])
  })

  test('decimals in lists, structs and maps are exact, too', async () => {
    const decimal = {
      type: 'FIXED_LEN_BYTE_ARRAY',
      type_length: 16,
      converted_type: 'DECIMAL',
      scale: 0,
      precision: 38,
    } as const
    const documents = await payloadsOf(
      [
        { name: 'list', data: [[ID, 2n], []] },
        {
          name: 'struct',
          data: [
            { id: ID, other: 'a' },
            { id: 1n, other: 'b' },
          ],
        },
        { name: 'map', data: [{ a: ID }, { b: 1n }] },
      ],
      [
        { name: 'list', converted_type: 'LIST', num_children: 1, repetition_type: 'OPTIONAL' },
        { name: 'list', num_children: 1, repetition_type: 'REPEATED' },
        { name: 'element', repetition_type: 'OPTIONAL', ...decimal },
        { name: 'struct', num_children: 2, repetition_type: 'OPTIONAL' },
        { name: 'id', repetition_type: 'OPTIONAL', ...decimal },
        { name: 'other', type: 'BYTE_ARRAY', converted_type: 'UTF8', repetition_type: 'OPTIONAL' },
        { name: 'map', converted_type: 'MAP', num_children: 1, repetition_type: 'OPTIONAL' },
        { name: 'key_value', num_children: 2, repetition_type: 'REPEATED' },
        { name: 'key', type: 'BYTE_ARRAY', converted_type: 'UTF8', repetition_type: 'REQUIRED' },
        { name: 'value', repetition_type: 'OPTIONAL', ...decimal },
      ],
      3,
    )
    expect(documents.map(({ payload }) => payload)).toEqual([
      { text: 'equal', list: [String(ID), 2], struct: { id: String(ID), other: 'a' }, map: { a: String(ID) } },
      { text: 'equal', list: [], struct: { id: 1, other: 'b' }, map: { b: 1 } },
    ])
  })

  test('a number is given where it says all digits, and zeros at the end of a fraction are none', () => {
    expect(decimalValue(5n, 3)).toBe(0.005)
    expect(decimalValue(-1500n, 3)).toBe(-1.5)
    expect(decimalValue(0n, 2)).toBe(0)
    expect(decimalValue(2n ** 53n - 1n, 0)).toBe(Number.MAX_SAFE_INTEGER)
    expect(decimalValue(2n ** 53n, 0)).toBe('9007199254740992')
    expect(decimalValue(123_456_789_012_345_678n, 17)).toBe('1.23456789012345678')
    expect(decimalValue(1n, 20)).toBe(1e-20)
  })
})

describe('other values of Parquet', () => {
  test('times keep the digits that they have beyond milliseconds, and look as ever where they have none', async () => {
    const documents = await payloadsOf(
      [
        { name: 'micros', data: [TIME, TIME + 456n, -1n] },
        { name: 'nanos', data: [TIME * 1000n, (TIME + 456n) * 1000n, (TIME + 456n) * 1000n + 7n] },
      ],
      [
        { name: 'micros', type: 'INT64', converted_type: 'TIMESTAMP_MICROS', repetition_type: 'REQUIRED' },
        {
          name: 'nanos',
          type: 'INT64',
          logical_type: { type: 'TIMESTAMP', isAdjustedToUTC: true, unit: 'NANOS' },
          repetition_type: 'REQUIRED',
        },
      ],
    )
    expect(documents.map(({ payload }) => [payload.micros, payload.nanos])).toEqual([
      ['2021-06-01T12:00:00.123Z', '2021-06-01T12:00:00.123Z'],
      ['2021-06-01T12:00:00.123456Z', '2021-06-01T12:00:00.123456Z'],
      ['1969-12-31T23:59:59.999999Z', '2021-06-01T12:00:00.123456007Z'],
    ])
  })

  test('NaN and infinity are null, in an id as well', async () => {
    const documents = await payloadsOf(
      [
        { name: 'id', data: [Number.NaN, 2] },
        { name: 'score', data: [Number.POSITIVE_INFINITY, 0.5] },
      ],
      [
        { name: 'id', type: 'DOUBLE', repetition_type: 'REQUIRED' },
        { name: 'score', type: 'DOUBLE', repetition_type: 'REQUIRED' },
      ],
    )
    expect(documents.map(({ id, payload }) => [id, payload.score])).toEqual([
      [null, null],
      [2, 0.5],
    ])
  })

  test('a footer with a decimal of impossible digits rejects its file', async () => {
    const bytes = parquetWriteBuffer({
      columnData: [{ name: 'text', data: [1n] }],
      schema: [
        { name: 'root', num_children: 1 },
        { name: 'text', type: 'INT64', converted_type: 'DECIMAL', scale: 100_000, repetition_type: 'REQUIRED' },
      ],
    })
    expect(outcomesOf(await readFileOf('a.parquet', Buffer.from(bytes)))).toEqual(['INVALID_PARQUET@-'])
  })
})
