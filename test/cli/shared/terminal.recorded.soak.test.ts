import { spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import xterm from '@xterm/headless'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'

const MAIN = fileURLToPath(new URL('../../../dist/src/cli/main.js', import.meta.url))
/** util-linux's script gives a command a terminal of its own. */
const hasScript = process.platform === 'linux' && spawnSync('script', ['--version']).status === 0
/** Longer than anything that is shown. */
const ROWS = 200
/** So many that a run is still under way when its first progress is seen. */
const DOCUMENTS = 4000
const YELLOW = 3

const EMPTY = '{"id":"empty","text":" "}'

let cwd: string
beforeAll(() => {
  // its path, which is shown, has the same length everywhere
  cwd = mkdtempSync('/tmp/offgrid-recorded-')
  const text = 'The knee is a joint. '
  const lines = Array.from({ length: DOCUMENTS }, (_, i) =>
    JSON.stringify({
      id: i,
      title: `Note ${i}`,
      text: `${text.repeat(12)}${i === 77 ? 'Attacks on cartilages are rare. ' : ''}${text.repeat(9)}`,
    }),
  )
  writeFileSync(join(cwd, 'docs.jsonl'), [...lines.slice(0, 70), EMPTY, ...lines.slice(70)].join('\n'))
  writeFileSync(join(cwd, 'few.jsonl'), [...lines.slice(0, 90), EMPTY].join('\n'))
})
afterAll(() => rmSync(cwd, { recursive: true, force: true }))

/** What a terminal showed of a command; a line break that the terminal had to make, because a line was too long for it, is counted. */
interface Recording {
  readonly code: number
  /** Lines, with «» around what stands out as a match. */
  readonly text: string
  readonly brokenLines: number
  readonly cursorColumn: number
  readonly written: string
}

async function record(
  columns: number,
  args: string,
  { stopAt, noColour = '' }: { stopAt?: RegExp; noColour?: string } = {},
): Promise<Recording> {
  const command = `stty cols ${columns} rows ${ROWS} && exec '${process.execPath}' '${MAIN}' ${args}`
  // nothing else: CI, NO_COLOR and others of the environment say what colours there are
  const { PATH, HOME } = process.env
  const env = { PATH, HOME, TERM: 'xterm-256color', ...(noColour !== '' && { NO_COLOR: noColour }) }
  const child = spawn('script', ['-qec', command, '/dev/null'], { cwd, env })
  const terminal = new xterm.Terminal({ cols: columns, rows: ROWS, allowProposedApi: true })
  const buffer = terminal.buffer.active
  const countBroken = () => Array.from({ length: ROWS }, (_, i) => buffer.getLine(i)?.isWrapped).filter(Boolean).length
  let written = ''
  let brokenLines = 0
  let isStopped = false
  let shown = Promise.resolve()
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    written += text
    shown = shown
      .then(() => new Promise<void>((resolve) => terminal.write(text, resolve)))
      .then(() => {
        brokenLines = Math.max(brokenLines, countBroken())
      })
    if (isStopped || stopAt?.test(written) !== true) return
    isStopped = true
    child.stdin.write('\x03')
  })
  const [code] = (await once(child, 'close')) as [number]
  await shown
  const lines = Array.from({ length: ROWS }, (_, row) => lineOf(terminal, row))
  const recording = { code, text: lines.join('\n').trimEnd(), brokenLines, cursorColumn: buffer.cursorX, written }
  terminal.dispose()
  return recording
}

/** A row of the screen, with «» around what is bold and yellow. */
function lineOf(terminal: InstanceType<typeof xterm.Terminal>, row: number): string {
  const line = terminal.buffer.active.getLine(row)
  let text = ''
  let wasMatch = false
  for (let column = 0; line !== undefined && column < line.length; column += 1) {
    const cell = line.getCell(column)!
    const isMatch = cell.isBold() !== 0 && cell.isFgPalette() && cell.getFgColor() === YELLOW
    if (isMatch !== wasMatch) text += isMatch ? '«' : '»'
    wasMatch = isMatch
    text += cell.getWidth() === 0 ? '' : cell.getChars() || ' '
  }
  return text.trimEnd()
}

/** A recording without what differs from run to run and machine to machine. */
function masked({ text }: Recording): string {
  return `${text
    .replace(
      /\d+ tokens in [\s\S]*?\d+\s+MB/,
      'N tokens in N s: N documents/s, N tokens/s, N workers, peak memory N MB',
    )
    .replace(/offgrid-recorded-\w{6}/g, 'offgrid-recorded-XXXXXX')
    .replace(/\d+ points stored/, 'N points stored')
    .replace(/\d+ records read: \d+ stored, \d+ unchanged/, 'N records read: N stored, N unchanged')
    .replace(/\d+ hits? in \d+ ms/, 'N hits in N ms')}\n`
}

function expectClean(recording: Recording): void {
  expect(recording.brokenLines).toBe(0)
  expect(recording.cursorColumn).toBe(0)
  // nothing of a progress line stays, the echo of Ctrl-C does not, and the cursor was never hidden
  expect(recording.text).not.toMatch(/[█░]\s*\d+%|\^C/)
  expect(recording.written).not.toContain('\x1b[?25l')
}

describe.skipIf(!hasScript).each([80, 120])('on a terminal of %i columns', (columns) => {
  const recordingOf = (name: string) => fileURLToPath(new URL(`./recordings/${name}-${columns}.txt`, import.meta.url))

  test('ingest shows its rejections and its summary, and nothing is left of the progress line', async () => {
    const shown = await record(columns, `ingest few.jsonl --vectors bm25 --collection few --store few${columns}`)
    expectClean(shown)
    expect(shown.code).toBe(3)
    await expect(masked(shown)).toMatchFileSnapshot(recordingOf('ingest'))
  })

  test('Ctrl-C is answered, and the command that stands there continues the run', async () => {
    const errors = `a-file-with-a-name-that-is-rather-long-for-a-terminal-${columns}.jsonl`
    const stopped = await record(
      columns,
      `ingest docs.jsonl --vectors bm25 --collection notes --store s${columns} --errors ${errors}`,
      {
        stopAt: /left/,
      },
    )
    expectClean(stopped)
    expect(stopped.code).toBe(130)
    expect(stopped.written).toMatch(/ingest.*[█░]{10}.*\d+%.*\d+ s left.*, [\d.]+\/s, .*\d+ documents?/)
    await expect(masked(stopped)).toMatchFileSnapshot(recordingOf('interrupted'))
    const pasted = stopped.text
      .slice(stopped.text.lastIndexOf('offgrid ingest'))
      .replaceAll(/ \\\n +/g, ' ')
      .replace('offgrid ', '')
    const resumed = await record(columns, pasted)
    expectClean(resumed)
    expect(resumed.code).toBe(3)
    expect(resumed.text).toMatch(new RegExp(`${DOCUMENTS + 1} records read`))
    await expect(masked(resumed)).toMatchFileSnapshot(recordingOf('resumed'))
  })

  test('search wraps passages, and the words of the question stand out', async () => {
    const shown = await record(
      columns,
      `search what attacks the cartilage --collection few --store few${columns} --limit 2 --explain`,
    )
    expectClean({ ...shown, text: '' })
    expect(shown.code).toBe(0)
    await expect(masked(shown)).toMatchFileSnapshot(recordingOf('search'))
  })

  test('--quiet shows the result alone, and NO_COLOR no colours', async () => {
    const shown = await record(columns, `search cartilage --collection few --store few${columns} --limit 1 --quiet`)
    expect(shown.text).not.toContain('hit in')
    const [coloured, plain] = [await record(columns, '--help'), await record(columns, '--help', { noColour: '1' })]
    expect(coloured.written).toContain('\x1b[1mUsage:')
    expect(plain.written).not.toContain('\x1b[')
    expect([coloured.brokenLines, plain.brokenLines]).toEqual([0, 0])
  })
})
