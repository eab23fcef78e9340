import { once } from 'node:events'
import { writeFileSync } from 'node:fs'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import fc from 'fast-check'
import { afterAll, describe, expect, test } from 'vitest'
import { printable, printableJson } from '../../../src/cli/shared/printable.js'
import { Terminal } from '../../../src/cli/shared/terminal.js'
import { temporaryFolder } from '../../stores/local/temporary-folder.js'
import { runCli } from '../run-cli.js'

/** Everything that is no text to a terminal; line ends and tabs are. */
const CONTROL = /(?![\n\t])[\p{Cc}\u202a-\u202e\u2066-\u2069]/u

/** Sets the clipboard, the title, colours, and takes the line back; in seven bits, and in the eight-bit form. */
const HOSTILE = '\x1b]52;c;ZXZpbA==\x07\x1b]0;title\x1b\\\x1b[31m\r\x08\x9b2J\u202egnp.exe'

const folder = temporaryFolder()
afterAll(() => folder.remove())

describe('what is printed', () => {
  const units = fc.oneof(
    fc.string({ unit: 'binary' }),
    fc.constantFrom(HOSTILE, '\r\n', '\t', 'é 漢字 \u{1f600}', '\x7f'),
  )
  const text = fc.array(units).map((parts) => parts.join(''))

  test('has no control character of the text, and is the text where there was none', () => {
    fc.assert(
      fc.property(text, (value) => {
        const shown = printable(value)
        expect(shown).not.toMatch(CONTROL)
        expect(printable(shown)).toBe(shown)
        if (!CONTROL.test(value)) expect(shown).toBe(value)
      }),
    )
  })

  test('as JSON has none either, and means the same', () => {
    fc.assert(
      fc.property(fc.dictionary(text, fc.array(text)), (value) => {
        const shown = printableJson(value)
        expect(shown).not.toMatch(CONTROL)
        expect(JSON.parse(shown)).toEqual(JSON.parse(JSON.stringify(value)))
      }),
    )
  })

  test('shows what stood there', () => {
    expect(printable('a\x1b]52;c;x\x07b\r\nc\u202ed\x9b')).toBe('a\\x1b]52;c;x\\x07b\nc\\u202ed\\x9b')
  })

  test.each([true, false])('beside a status line, too (on a screen: %s)', (isTTY) => {
    const written: string[] = []
    const stream = { isTTY, columns: 200, write: (piece: string) => written.push(piece) }
    const terminal = new Terminal({}, stream)
    const progress = terminal.progress(`ingest ${HOSTILE}`)
    progress.update(0.5, HOSTILE)
    terminal.note(HOSTILE)
    terminal.warn(HOSTILE)
    progress.stop()
    terminal.warn(HOSTILE)
    // the line's own way back to the left is no text of others
    expect(written.join('').replaceAll('\r\x1b[K', '')).not.toMatch(CONTROL)
  })
})

describe('a command', () => {
  test('prints no control character of documents, names of files, fields and collections, or of a server', async () => {
    const cwd = folder.path
    const name = `evil${HOSTILE.replaceAll('/', '')}.jsonl`
    const lines = [
      { id: HOSTILE, text: `fish ${HOSTILE}`, [HOSTILE]: HOSTILE },
      { id: 2, wrong: 1 },
    ]
    writeFileSync(join(cwd, name), lines.map((line) => JSON.stringify(line)).join('\n'))
    const server = createServer((_, response) => response.writeHead(403).end(`no ${HOSTILE}`)).listen(0, '127.0.0.1')
    await once(server, 'listening')
    const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
    const collection = ['--collection', 'c\x1b]52;c;x\x07']
    const outputs: string[] = []
    for (const args of [
      ['ingest', name, ...collection, '--vectors', 'bm25'],
      ['search', 'fish', ...collection, '--methods', 'bm25'],
      ['search', 'fish', ...collection, '--methods', 'bm25', '--json'],
      ['store', 'info'],
      ['store', 'verify'],
      ['runs', 'list'],
      ['search', 'fish', '--url', url, '--methods', 'bm25'],
      ['store', 'drop', HOSTILE.replaceAll('\0', ''), '--yes'],
      [HOSTILE],
      ['ingest', `no-such-file${HOSTILE}`],
    ]) {
      const { stdout, stderr } = await runCli(args, { cwd })
      const output = stdout + stderr
      expect(output, args.join(' ')).not.toMatch(CONTROL)
      outputs.push(output)
    }
    server.close()
    expect(outputs.filter((output) => output.includes('52;c;')).length).toBeGreaterThanOrEqual(outputs.length - 2)
  })
})
