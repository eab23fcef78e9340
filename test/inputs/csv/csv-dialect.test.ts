import zlib from 'node:zlib'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { InputNotice } from '../../../src/inputs/input-notice.js'
import type { InputOptions } from '../../../src/inputs/read-documents.js'
import { documentsOf, outcomesOf, readFileOf, rejectionsOf } from '../collect.js'

const HEADER = ['id', 'text', 'lang']
const ROWS = [
  ['1', 'Grüße, aus "Köln"; heute', 'de'],
  ['2', 'déjà vu | encore', 'fr'],
  ['3', 'plain', 'en'],
]

/** A table as a spreadsheet writes it. */
function write(rows: readonly (readonly string[])[], delimiter: string, newline: string): string {
  const quote = (cell: string) =>
    /["\r\n]/.test(cell) || cell.includes(delimiter) ? `"${cell.replaceAll('"', '""')}"` : cell
  return rows.map((row) => row.map(quote).join(delimiter)).join(newline) + newline
}

const ENCODINGS: Readonly<Record<string, (text: string) => Buffer>> = {
  'utf-8': (text) => Buffer.from(text),
  'utf-8 with a byte order mark': (text) => Buffer.from(`\ufeff${text}`),
  'utf-16le': (text) => Buffer.from(`\ufeff${text}`, 'utf16le'),
  'utf-16be': (text) => Buffer.from(`\ufeff${text}`, 'utf16le').swap16(),
  // all characters here are the same in Latin-1
  'windows-1252': (text) => Buffer.from(text, 'latin1'),
}

async function readNoticed(name: string, content: string | Uint8Array, options: InputOptions = {}) {
  const notices: InputNotice[] = []
  const records = await readFileOf(name, content, { ...options, onNotice: (notice) => notices.push(notice) })
  return { records, messages: notices.map(({ message }) => message) }
}

describe('CSV as programs write it', () => {
  const dialects = [',', ';', '\t', '|'].flatMap((delimiter) =>
    ['\n', '\r\n', '\r'].flatMap((newline) =>
      Object.keys(ENCODINGS).map((encoding) => [delimiter, newline, encoding] as const),
    ),
  )
  test.each(dialects)(
    'columns by %j, lines by %j, in %s are read as they are meant',
    async (delimiter, newline, encoding) => {
      const bytes = ENCODINGS[encoding]!(write([HEADER, ...ROWS], delimiter, newline))
      for (const [name, content] of [
        ['a.csv', bytes],
        ['a.csv.gz', zlib.gzipSync(bytes)],
      ] as const) {
        const records = await readFileOf(name, content)
        expect(rejectionsOf(records)).toEqual([])
        expect(documentsOf(records).map(({ document }) => document)).toEqual(
          ROWS.map(([id, text, lang]) => ({ id: Number(id), text, payload: { id: Number(id), text, lang } })),
        )
      }
    },
  )

  test('any table of two columns and more comes back whatever its delimiter and line ends are', async () => {
    const cell = fc.string({ unit: fc.constantFrom('a', 'ü', ' ', ',', ';', '|', '\t', '"', '\n', '7'), maxLength: 8 })
    const dialect = fc.tuple(fc.constantFrom(',', ';', '\t', '|'), fc.constantFrom('\n', '\r\n', '\r'))
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.tuple(cell, cell), { minLength: 1, maxLength: 6 }),
        dialect,
        async (cells, [delimiter, newline]) => {
          const rows = cells.map(([text, note]) => [`t${text}`, note])
          const csv = write([['text', 'note'], ...rows], delimiter, newline)
          const records = await readFileOf('a.csv', csv, { strings: true })
          expect(documentsOf(records).map(({ document }) => [document.text, document.payload.note])).toEqual(rows)
        },
      ),
      { numRuns: 60 },
    )
  })

  test.each([
    ['sep=;\r\n', ';', '\r\n', undefined],
    ['SEP=,\n', ',', '\n', undefined],
    ['"sep=|"\n', '|', '\n', undefined],
    ['sep=\t\r', '\t', '\r', undefined],
    ['sep=^\n', '^', '\n', undefined],
    ['sep=;\n', ',', '\n', ','],
  ])('a first line %j says the delimiter and is no record', async (line, delimiter, newline, said) => {
    for (const encode of [ENCODINGS['utf-8 with a byte order mark']!, ENCODINGS['utf-16le']!, ENCODINGS['utf-8']!]) {
      // by the records alone, it would be the comma
      const rows = [['id', 'text,a,b'], ...ROWS.map(([id, text]) => [id!, `${text},c,d`])]
      const bytes = encode(line + write(rows, delimiter, newline))
      const records = await readFileOf('a.csv', bytes, { text: 'text,a,b', delimiter: said })
      expect(documentsOf(records).map(({ document }) => document.id)).toEqual([1, 2, 3])
      expect(records[0]!.place).toMatchObject({ line: 3 })
    }
    expect(await readFileOf('a.csv', line, {})).toEqual([])
    expect(outcomesOf(await readFileOf('a.csv', 'sep=a,text\n1,b\n'))).toEqual(['b'])
  })

  test('how it is written is told in one line', async () => {
    const bytes = ENCODINGS['windows-1252']!(write([HEADER, ...ROWS], ';', '\r'))
    const { messages } = await readNoticed('a.csv', bytes)
    expect(messages).toEqual(['CSV: semicolon, lines that end in CR, numbers in id, text in windows-1252'])
  })

  test('Windows-1252 is seen where the first umlaut stands, a megabyte behind the beginning, and quotes and the euro sign are its own', async () => {
    const head = `id,text\n${Array.from({ length: 50_000 }, (_, i) => `${i},plain text\n`).join('')}`
    const bytes = Buffer.concat([Buffer.from(head), Buffer.from('50000,K\xf6ln \x80 5 \x93so\x94\n', 'latin1')])
    const records = await readFileOf('a.csv', bytes)
    expect(documentsOf(records).at(-1)!.document.text).toBe('Köln € 5 “so”')
    expect(records.length).toBe(50_001)
  })

  test('every byte of Windows-1252 is the character that Python has for it, whatever Node version this is', async () => {
    const undefinedBytes = [0x81, 0x8d, 0x8f, 0x90, 0x9d]
    const characters = '€‚ƒ„…†‡ˆ‰Š‹ŒŽ‘’“”•–—˜™š›œžŸ'
    const bytes = Array.from({ length: 32 }, (_, i) => 0x80 + i).filter((byte) => !undefinedBytes.includes(byte))
    const csv = Buffer.concat([Buffer.from('text\n'), Buffer.from(bytes), Buffer.from('\xe9\n', 'latin1')])
    expect(outcomesOf(await readFileOf('a.csv', csv, { encoding: 'windows-1252' }))).toEqual([`${characters}é`])
    expect(outcomesOf(await readFileOf('a.csv', csv, { encoding: 'latin1' }))).toEqual([`${characters}é`])
  })

  test('a damaged character in UTF-8 does not make Windows-1252 of it: its row is rejected', async () => {
    const bytes = Buffer.concat([Buffer.from('text\nGrüße\nÄpfel\nk'), Buffer.of(0xf6), Buffer.from('ln\nö\n')])
    expect(outcomesOf(await readFileOf('a.csv', bytes))).toEqual(['Grüße', 'Äpfel', 'INVALID_UTF8@4', 'ö'])
  })

  test('--delimiter and --encoding are taken at their word', async () => {
    const shift = Buffer.from([0x93, 0xfa, 0x96, 0x7b]) // 日本 in Shift JIS
    const bytes = Buffer.concat([Buffer.from('text~n\n'), shift, Buffer.from('~1\n')])
    const records = await readFileOf('a.csv', bytes, { delimiter: '~', encoding: 'shift_jis' })
    expect(documentsOf(records)[0]!.document).toMatchObject({ text: '日本', payload: { n: 1 } })
    const line = Buffer.from('{"text":"K\xf6ln"}', 'latin1')
    expect(outcomesOf(await readFileOf('a.jsonl', line, { encoding: 'windows-1252' }))).toEqual(['Köln'])
  })

  test('a byte that the named encoding does not have rejects its row and is not made up', async () => {
    const bytes = Buffer.concat([Buffer.from('text\na'), Buffer.of(0xff), Buffer.from('\nb\n')])
    expect(outcomesOf(await readFileOf('a.csv', bytes, { encoding: 'shift_jis' }))).toEqual(['INVALID_UTF8@2', 'b'])
  })

  test.each([
    [{ encoding: 'klingon' }],
    [{ delimiter: ';;' }],
    [{ delimiter: '"' }],
    [{ delimiter: '§' }],
    [{ format: 'xml' }],
    [{ strings: 'yes' }],
  ])('%o is refused', async (options) => {
    await expect(readFileOf('a.csv', 'text\na', options as never)).rejects.toMatchObject({ code: 'INVALID_OPTION' })
  })

  test('a file without a header line has columns by their numbers, and its first line is a record', async () => {
    const { records, messages } = await readNoticed('a.csv', '1,hello world,en\n2,second row,fr\n', {
      text: 'column_2',
      id: 'column_1',
    })
    expect(documentsOf(records).map(({ document }) => [document.id, document.text])).toEqual([
      [1, 'hello world'],
      [2, 'second row'],
    ])
    expect(messages[0]).toContain('no header line (columns column_1 to column_3)')
    expect(outcomesOf(await readFileOf('a.csv', 'one\ntwo\n', { text: 'column_1' }))).toEqual(['one', 'two'])
    const unnamed = rejectionsOf(await readFileOf('a.csv', '1,hello world,en\n2,second row,fr\n'))
    expect(unnamed.map(({ code }) => code)).toEqual(['MISSING_TEXT'])
  })
})

describe('values of CSV', () => {
  async function payloads(csv: string, options: InputOptions = {}) {
    const { records, messages } = await readNoticed('a.csv', csv, options)
    return {
      payloads: documentsOf(records).map(
        ({
          document: {
            payload: { text: _, ...rest },
          },
        }) => rest,
      ),
      messages,
    }
  }

  test.each<[string, string[], unknown[]]>([
    ['whole numbers', ['1', '-2', '0'], [1, -2, 0]],
    ['numbers', ['1.5', '2', '-0.25', '1e3'], [1.5, 2, -0.25, 1000]],
    ['booleans in any case', ['true', 'False', 'TRUE'], [true, false, true]],
    ['cells that are empty', ['', 'x', ''], [null, 'x', null]],
    ['numbers that are missing', ['1', '', 'NA', 'NaN', 'null'], [1, null, null, null, null]],
    ['leading zeros', ['01234', '10115'], ['01234', '10115']],
    ['a plus sign', ['+49', '49'], ['+49', '49']],
    ['a decimal comma', ['1;5', '2'], ['1;5', '2']],
    ['a word among numbers', ['1', 'two'], ['1', 'two']],
    ['NA among words', ['NA', 'DE'], ['NA', 'DE']],
    ['more digits than a number keeps', ['9007199254740993', '1'], ['9007199254740993', '1']],
    ['a fraction of more digits', ['0.12345678901234567', '1'], ['0.12345678901234567', '1']],
    ['more than a number holds', ['1e999', '1'], ['1e999', '1']],
    ['hexadecimal', ['0x1f', '1'], ['0x1f', '1']],
    ['dates', ['2024-01-05', '2024-02-05'], ['2024-01-05', '2024-02-05']],
  ])('%s', async (_, cells, values) => {
    const { payloads: found } = await payloads(`text,v\n${cells.map((cell) => `t,${cell}`).join('\n')}\n`, {
      delimiter: ',',
    })
    expect(found.map(({ v }) => v)).toEqual(values)
    const asText = await payloads(`text,v\n${cells.map((cell) => `t,${cell}`).join('\n')}\n`, {
      delimiter: ',',
      strings: true,
    })
    expect(asText.payloads.map(({ v }) => v)).toEqual(cells)
  })

  test('a value that comes late and is not of its column’s type stays as it is written, and that is told once', async () => {
    const rows = Array.from({ length: 25_000 }, (_, i) => `t${i},${i}`)
    const { payloads: found, messages } = await payloads(`text,zip\n${rows.join('\n')}\nlast,01234\nvery last,x\n`)
    expect(found.slice(-3).map(({ zip }) => zip)).toEqual([24_999, '01234', 'x'])
    expect(messages.filter((message) => message.includes('stays text'))).toEqual([
      'the column "zip" held numbers so far; "01234" on line 25002 stays text (--strings keeps all values text)',
    ])
  })

  test('no value is changed: each is what is written, or a number or boolean that is written so', async () => {
    const cell = fc.oneof(
      fc.double({ noNaN: true, noDefaultInfinity: true }).map(String),
      fc.bigInt(-(2n ** 70n), 2n ** 70n).map(String),
      fc.string({ unit: fc.constantFrom('0', '1', '.', '-', 'e', 'E', '+', 't', ' '), maxLength: 6 }),
    )
    await fc.assert(
      fc.asyncProperty(fc.array(cell, { minLength: 1, maxLength: 5 }), async (cells) => {
        const { payloads: found } = await payloads(`text,v\n${cells.map((each) => `t,${each}`).join('\n')}\n`, {
          delimiter: ',',
        })
        for (const [i, { v }] of found.entries()) {
          if (v === null) expect(cells[i]).toBe('')
          else if (typeof v === 'string') expect(v).toBe(cells[i])
          else {
            // the same number: as many digits as it was written with give it back
            const digits = cells[i]!.replace(/[eE].*/, '')
              .replace(/\D/g, '')
              .replace(/^0+/, '').length
            expect(Number((v as number).toPrecision(Math.max(1, Math.min(17, digits))))).toBe(v)
            expect(Number(cells[i])).toBe(v)
          }
        }
      }),
      { numRuns: 100 },
    )
  })

  test('the text and the id are what is written, whatever the column’s type is', async () => {
    for (const id of [undefined, 'id']) {
      const { records } = await readNoticed('a.csv', 'ID,text\n1.0,2024\n2.0,1.50\n', { id })
      expect(documentsOf(records).map(({ document }) => document)).toEqual([
        { id: '1.0', text: '2024', payload: { ID: '1.0', text: 2024 } },
        { id: '2.0', text: '1.50', payload: { ID: '2.0', text: 1.5 } },
      ])
    }
  })
})
