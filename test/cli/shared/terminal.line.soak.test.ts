import { spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { TO_LINE_START } from '../../../src/cli/shared/status-line.js'
import { Screen } from '../screen.js'

const MAIN = fileURLToPath(new URL('../../../dist/src/cli/main.js', import.meta.url))
/** util-linux's script gives a command a terminal of its own. */
const hasScript = process.platform === 'linux' && spawnSync('script', ['--version']).status === 0

let cwd: string
beforeAll(() => {
  cwd = mkdtempSync(join(tmpdir(), 'offgrid-terminal-'))
  const lines = Array.from({ length: 20_000 }, (_, i) => `{"id":${i},"text":"text ${i} ${'about joints '.repeat(20)}"}`)
  writeFileSync(join(cwd, 'docs.jsonl'), [...lines, '{broken'].join('\n'))
})
afterAll(() => rmSync(cwd, { recursive: true, force: true }))

/** What a terminal shows at the end, and what was written to it. */
async function onTerminal(columns: number, args: string, stopAt?: RegExp) {
  const command = `stty cols ${columns} && exec '${process.execPath}' '${MAIN}' ${args}`
  const child = spawn('script', ['-qec', command, '/dev/null'], { cwd, env: { ...process.env, TERM: 'xterm' } })
  const screen = new Screen(columns)
  let written = ''
  let isStopped = false
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    written += text
    screen.write(text)
    if (isStopped || !stopAt?.test(written)) return
    isStopped = true
    child.stdin.write('\x03')
  })
  const [code] = (await once(child, 'close')) as [number]
  return { code, screen, written }
}

describe.skipIf(!hasScript)('on a terminal', () => {
  test.each([80, 120])(
    'of %i columns no line of ingest is longer, and the summary begins at the left',
    async (columns) => {
      const args = `ingest docs.jsonl --vectors bm25 --collection at${columns}`
      const { code, screen, written } = await onTerminal(columns, args)
      expect(code).toBe(3)
      expect(written).toMatch(/ingest [█░]+ \d+% \d+ s left, \d+ documents?, /)
      expect(screen.lines[0]).toMatch(/^rejected docs\.jsonl, line 20001: /)
      const summary = screen.lines.findIndex((line) => line.startsWith('20000 points stored in collection'))
      expect(summary).toBeGreaterThan(0)
      expect(screen.lines.join('\n')).not.toContain('█')
      // what is cut at the terminal's edge is the summary's own long lines alone
      for (const line of written
        .replaceAll(TO_LINE_START, '\n')
        .split(/\r?\n/)
        .filter((each) => each.startsWith('ingest '))) {
        expect([...line].length).toBeLessThanOrEqual(columns)
      }
    },
  )

  test('Ctrl-C is answered on a line of its own, and what continues the run stands at the end', async () => {
    const { code, screen } = await onTerminal(80, 'ingest docs.jsonl --vectors bm25,dense --collection stopped', /left/)
    expect(code).toBe(130)
    const text = screen.lines.join('\n')
    expect(text).toMatch(/^stopping: finishing the batches under way/)
    expect(text).toMatch(/\ninterrupted: what was encoded is stored; to continue: offgrid ingest docs\.jsonl/)
    expect(text).not.toMatch(/\^C|█/)
  })
})
