import { execFile } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import ts from 'typescript'
import { describe, expect, test } from 'vitest'

const MAIN = fileURLToPath(new URL('../../dist/src/cli/main.js', import.meta.url))

/** Runs a command on a Node that says that it is another version. */
async function runAs(version: string, ...args: string[]) {
  const pretend = `Object.defineProperty(process, 'versions', { value: { ...process.versions, node: '${version}' } })`
  const flags = ['--import', `data:text/javascript,${encodeURIComponent(pretend)}`]
  try {
    return { code: 0, ...(await promisify(execFile)(process.execPath, [...flags, MAIN, ...args])) }
  } catch (error) {
    return error as { code: number; stdout: string; stderr: string }
  }
}

describe('the command on a Node that is too old', () => {
  test.each(['12.22.12', '18.20.8', '20.11.1', '20.18.3'])('says so before anything is loaded: %s', async (version) => {
    const sentence = `Expected Node 20.19 or newer, got ${version}.`
    const { code, stdout, stderr } = await runAs(version, 'search', 'gout', '--json')
    expect({ code, stderr }).toEqual({ code: 1, stderr: expect.stringContaining(sentence) })
    expect(JSON.parse(stdout)).toEqual({ error: { code: 'NODE_TOO_OLD', message: expect.stringContaining(sentence) } })
  })

  test('is what doctor finds, in its own form', async () => {
    const { code, stdout } = await runAs('18.20.8', 'doctor', '--json')
    expect({ code, answer: JSON.parse(stdout) }).toEqual({
      code: 1,
      answer: {
        ok: false,
        checks: [
          {
            ...{ name: 'node', ok: false, status: 'fail' },
            detail: expect.stringMatching(/^18\.20\.8 .* too old$/),
            advice: expect.stringContaining('Node 20.19'),
          },
        ],
        error: { code: 'NODE_TOO_OLD', message: expect.any(String) },
      },
    })
    expect((await runAs('18.20.8', 'doctor')).stdout).toMatch(/^FAILED {2}node .*too old\n +Install Node 20\.19/)
  })

  test.each(['20.19.0', '22.12.0', '24.1.0'])('is not refused by %s', async (version) => {
    expect(await runAs(version, '--version')).toMatchObject({ code: 0, stderr: '' })
  })

  test('has an entry file that imports nothing above and that Node 12 can parse', () => {
    const text = readFileSync(MAIN, 'utf8')
    expect(text).not.toMatch(/^import |\bfrom '/m)
    const options = { target: ts.ScriptTarget.ES2019, module: ts.ModuleKind.ES2020 }
    // what is newer would be rewritten
    expect(ts.transpileModule(text, { compilerOptions: options }).outputText).toBe(text)
  })
})
