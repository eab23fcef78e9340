import { execFileSync } from 'node:child_process'
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

/** The files of JavaScript that a Node process loaded, as URLs, for its arguments. */
export function loadedModules(args: readonly string[]): string[] {
  const folder = mkdtempSync(join(tmpdir(), 'offgrid-modules-'))
  try {
    execFileSync(process.execPath, [...args], { env: { ...process.env, NODE_V8_COVERAGE: folder }, stdio: 'pipe' })
    const urls = readdirSync(folder).flatMap((name) => {
      const report = JSON.parse(readFileSync(join(folder, name), 'utf8')) as { result: { url: string }[] }
      return report.result.map(({ url }) => url)
    })
    return [...new Set(urls)].filter((url) => url.startsWith('file:'))
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}
