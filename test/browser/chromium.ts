import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { createRequire } from 'node:module'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { type BrowserContext, type BrowserContextOptions, chromium, type Page } from 'playwright-core'

const root = dirname(dirname(dirname(fileURLToPath(import.meta.url))))
const PLACES = ['/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome']
/** Nothing of the browser itself may ask for anything. */
const FLAGS = [
  ...['--headless', '--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-sync'],
  ...['--disable-background-networking', '--disable-component-update', '--disable-lcd-text'],
]

/** The system's Chromium, by OFFGRID_CHROMIUM or where packages put it; null where there is none. */
export const CHROMIUM = [process.env.OFFGRID_CHROMIUM ?? [], PLACES].flat().find((path) => existsSync(path)) ?? null

if (CHROMIUM === null) {
  process.stderr.write('browser tests: skipped, there is no Chromium here (Debian: apt-get install chromium).\n')
}

/** A browser of its own, with the addresses that its pages asked for. */
export interface OpenedBrowser {
  readonly context: BrowserContext
  readonly asked: string[]
  /** What pages wrote to the console, and what failed in them. */
  readonly complaints: string[]
  close(): Promise<void>
}

export async function openBrowser(options: BrowserContextOptions = {}): Promise<OpenedBrowser> {
  const folder = mkdtempSync(join(tmpdir(), 'offgrid-chromium-'))
  const context = await chromium.launchPersistentContext(folder, {
    ...{ executablePath: CHROMIUM!, args: FLAGS, ...options },
  })
  const asked: string[] = []
  const complaints: string[] = []
  context.on('request', (request) => asked.push(request.url()))
  context.on('console', (message) => complaints.push(message.text()))
  context.on('weberror', (error) => complaints.push(error.error().message))
  return {
    ...{ context, asked, complaints },
    close: async () => {
      await context.close()
      rmSync(folder, { recursive: true, force: true })
    },
  }
}

/** A finding of axe that is serious, critical or moderate, in words. */
export async function findBarriers(page: Page): Promise<string[]> {
  const axe = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8')
  await page.evaluate(axe)
  const { violations } = (await page.evaluate('axe.run(document, { resultTypes: ["violations"] })')) as {
    violations: { id: string; impact: string; nodes: { html: string; failureSummary: string }[] }[]
  }
  return violations
    .filter(({ impact }) => impact !== 'minor')
    .map(
      ({ id, impact, nodes }) =>
        `${impact} ${id}: ${nodes.map(({ html, failureSummary }) => `${html} ${failureSummary}`).join('; ')}`,
    )
}

/**
 * A picture of what a page shows; with OFFGRID_SCREENSHOTS=1 it becomes the one in docs/images.
 * @returns its size in bytes
 */
export async function takePicture(page: Page, name: string): Promise<number> {
  const isKept = process.env.OFFGRID_SCREENSHOTS === '1'
  const folder = join(root, 'docs', 'images')
  if (isKept) mkdirSync(folder, { recursive: true })
  const picture = await page.screenshot({
    animations: 'disabled',
    ...(isKept && { path: join(folder, `${name}.png`) }),
  })
  return picture.length
}
